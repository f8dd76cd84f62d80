"""labelled.py JUDGE POLICY MALICIOUS PACKAGES WORK: judges each labelled unit by the settings of a policy, prints precision and
recall, and fails when a malicious one is missed or more than one of the packages' is an alert.

What counts are the labels in the context that the daemon would know them in: a malicious unit was written a moment ago by
somebody whom the policy does not let, a package's by the package manager. That alone makes an alert of the first; what the
contents add is tried by contexts that tell nothing: there at least half of the malicious must be an alert, none of the
"quiet" ones may be worth a record, or it is not the contents that were judged, and of the packages' again at most one."""
import os
import re
import subprocess
import sys

ENOUGH = 30
failures = []


def expect(good, what):
    if not good:
        failures.append(what)


def malicious(path):
    units, files, name = {}, None, ''
    with open(path) as stream:
        for line in stream:
            if line.startswith('== '):
                name = line[3:].strip()
                files = units.setdefault(name, {})
            elif line.startswith('#') and files is not None and not files:
                files['#'] = line
            elif line.startswith('-- '):
                files[line[3:].strip()] = ''
            elif files and not line.startswith('#'):
                files[list(files)[-1]] += line
    for name, files in units.items():
        expect(re.match(r'# T\d{4}(\.\d{3})?[,:]', files.pop('#', '')), f'{name} names no technique')
    return units


def write(units, work):
    """NAME -> [unit, file, ...]"""
    written = {}
    for name, files in units.items():
        written[name] = [next(iter(files)).split('.d/')[0]]
        for file, text in files.items():
            path = os.path.join(work, 'malicious', name, file)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as stream:
                stream.write(text)
            written[name].append(path)
    return written


def packaged(root):
    """Each service with a command that a package ships, and its timer."""
    written = {}
    for package in sorted(os.listdir(root)):
        for below in ('lib/systemd/system', 'usr/lib/systemd/system'):
            directory = os.path.join(root, package, below)
            for file in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
                path = os.path.join(directory, file)
                if not file.endswith('.service') or os.path.islink(path):
                    continue
                with open(path) as stream:
                    if not any(line.startswith('ExecStart=') for line in stream):
                        continue
                timer = path[:-len('service')] + 'timer'
                written[f'{package}/{file}'] = [file, path] + ([timer] if os.path.exists(timer) else [])
    return written


def judge(program, policy, context, units):
    """NAME -> (score, outcome, reasons)"""
    lines = ''.join('\t'.join([context, *words]) + '\n' for words in units.values())
    said = subprocess.run([program, policy], input=lines, stdout=subprocess.PIPE, text=True, check=True, timeout=30).stdout
    said = [line.split() for line in said.splitlines()]
    assert len(said) == len(units)
    return {name: (int(words[0]), words[1], words[2:]) for name, words in zip(units, said)}


def alerts(said):
    return [name for name, (_, outcome, _) in said.items() if outcome in ('alert', 'deny', 'stop')]


def main():
    program, policy, units, packages, work = sys.argv[1:]
    bad, good = write(malicious(units), work), packaged(packages)
    expect(len(bad) >= ENOUGH and len(good) >= ENOUGH, f'{len(bad)} and {len(good)} are too few')
    for here, there, what in (('refused', 'package', 'as the daemon would know them'),
                              ('allowed', 'allowed', 'as if an administrator had made them all'),
                              ('old', 'old', 'by their contents alone')):
        planted, installed = judge(program, policy, here, bad), judge(program, policy, there, good)
        found, false = alerts(planted), alerts(installed)
        missed = [name for name in bad if name not in found]
        precision = len(found) / len(found + false) if found else 0
        later = [name for name in bad if name.startswith('later-')]
        print(f'{what}: {len(bad)} malicious, {len(good)} of {len({name.split("/")[0] for name in good})} packages: '
              f'precision {precision:.3f}, recall {len(found) / len(bad):.3f}; of the {len(later)} later ones '
              f'{len([name for name in later if name in found])}; records of packages\': '
              f'{len([name for name in good if installed[name][1] == "record"])}')
        for name in false:
            print(f'  false alert: {name}: {installed[name]}')
        for name in missed:
            print(f'  no alert: {name}: {planted[name][0]} {" ".join(planted[name][2])}')
        expect(len(false) <= 1, f'{what}: {len(false)} false alerts')
        expect(len(missed) <= (0 if here == 'refused' else len(bad) / 2), f'{what}: {len(missed)} missed')
        if here == 'old':
            expect(all(planted[name][1] == 'nothing' for name in bad if name.endswith('-quiet')), 'a quiet one is none')
    for what in failures:
        print(f'failed: {what}')
    return 1 if failures else 0


sys.exit(main())
