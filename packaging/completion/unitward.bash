# bash completion for unitward(1)

_unitward_quarantine_ids() {
        unitward quarantine list --json 2>/dev/null | sed -n 's/^ *"id": "\([0-9A-Za-z.-]*\)",\{0,1\}$/\1/p'
}

# What may follow each command.
_unitward_options() {
        case $1 in
        status | reload | "quarantine list") echo "--json --socket --help" ;;
        events) echo "--follow --since --denied --log --json --socket --help" ;;
        quarantine) echo "list show restore purge --help" ;;
        "quarantine show") echo "--json --socket --help $(_unitward_quarantine_ids)" ;;
        "quarantine restore") echo "--to --json --socket --help $(_unitward_quarantine_ids)" ;;
        "quarantine purge") echo "--older-than --all --json --socket --help $(_unitward_quarantine_ids)" ;;
        check) echo "--strict --drop-in --verbose --json --help" ;;
        explain)
                echo "--exe --uid --gid --group --login-uid --label --actor-unit --descendant-of --manager" \
                        "--user-manager --unknown --op --unit --client --command --env --policy --json --help"
                ;;
        baseline) echo "--review --verbose --take --yes --export --state --policy --json --socket --help" ;;
        diff) echo "--verify --state --policy --json --socket --help" ;;
        approve | revoke) echo "--json --socket --help" ;;
        install) echo "--enable --user --drop-in --name --force --json --socket --help" ;;
        ledger) echo "export import --help" ;;
        "ledger export") echo "--state --policy --json --socket --help" ;;
        "ledger import") echo "--merge --yes --json --socket --help" ;;
        enforce) echo "--for --json --socket --help" ;;
        audit | confirm) echo "--json --socket --help" ;;
        stop) echo "--restart --json --socket --help" ;;
        doctor) echo "--policy --json --socket --help" ;;
        polkit) echo "rules bus --print --install --check --remove --policy --root --json --help" ;;
        "") echo "status events quarantine baseline diff approve revoke install ledger explain check reload enforce audit confirm stop doctor polkit --socket --help --version" ;;
        esac
}

# The command so far, without options: "quarantine show".
_unitward_command() {
        local word command="" skip=""
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                if [[ -n $skip ]]; then
                        skip=""
                        continue
                fi
                case $word in
                -s | --socket) skip=yes ;;
                -*) ;;
                *)
                        [[ -z $command ]] && command=$word && continue
                        [[ $command == quarantine || $command == ledger ]] && command="$command $word"
                        ;;
                esac
        done
        echo "$command"
}

_unitward() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command
        command=$(_unitward_command)
        COMPREPLY=()
        case $previous in
        --socket | -s | --log | -l | --policy | -p | --exe | --descendant-of | --to | --state | --export | --root)
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                return
                ;;
        --op)
                mapfile -t COMPREPLY < <(compgen -W "create modify remove rename link enable mask read load transient
                        exec approve mount" -- "$current")
                return
                ;;
        --since | -S)
                mapfile -t COMPREPLY < <(compgen -W "10m 1h 1d 1w" -- "$current")
                return
                ;;
        --for)
                mapfile -t COMPREPLY < <(compgen -W "10m 30m 1h 1d" -- "$current")
                return
                ;;
        --uid | --login-uid)
                mapfile -t COMPREPLY < <(compgen -u -- "$current")
                return
                ;;
        --gid | --group)
                mapfile -t COMPREPLY < <(compgen -g -- "$current")
                return
                ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$(_unitward_options "$command")" -- "$current")
        if [[ $current != -* && $command =~ ^(check|explain|approve|revoke|install|"ledger export"|"ledger import")$ ]]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
}

complete -o filenames -F _unitward unitward
