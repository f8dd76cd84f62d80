/* The start: what was authorised is loaded, then the territory is marked and settled, and what is there at a first
 * start is taken as the baseline. */
#include <malloc.h>

#include "guard_internal.h"
#include "unitward/util.h"

static void record_baseline(struct guard *guard)
{
        const struct inventory *inventory = &guard->settler.inventory;

        guard_record(guard, RECORD_BASELINE,
                     format("first start: authorised what is there, %llu names in %llu directories; %llu of them as a "
                            "package shipped them",
                            (unsigned long long)inventory->n_authorised, (unsigned long long)inventory->n_directories,
                            (unsigned long long)guard->settler.n_vouched),
                     format("review it before you rely on it: what was planted earlier is authorised now"));
}

/* What a crash left unhashed and unflushed: the recorder looks which these are, nobody waits for that. */
static void seal_leftover(void *userdata, const char *id)
{
        struct guard *guard = userdata;

        outbox_seal(&guard->outbox, id);
}

static int load_pending(struct guard *guard)
{
        uint64_t n = 0;
        int r;

        if (guard->settler.baseline || guard->settler.reviewing)
                pending_discard(guard->pending);
        if (guard->settler.baseline)
                return 0;
        guard->outbox.pending = guard->pending;
        r = territory_replay(&guard->settler, guard->pending, &n);
        if (r < 0)
                return guard_refuse("cannot read what was accepted last, in", guard->options.runtime_directory, r,
                                    "remove pending and pending.old there: what they hold is then settled as unknown");
        if (n > 0)
                guard_record(guard, RECORD_GAP,
                             format("%llu changes that were accepted before the daemon was killed are kept",
                                    (unsigned long long)n),
                             NULL);
        return 0;
}

/* All that happened meanwhile was noticed, by the last guard or by the kernel for this one. What nobody has told of in
 * a while is nobody's; what is fresher than that is looked at again, and no manager may load it until then. */
static int settle_takeover(struct guard *guard)
{
        const struct cause nobody = { .actor = NULL };
        int r;

        verdicts_listen(guard->verdicts);
        guard->settler.gap = false; /* it was watched */
        housekeeper_settle_notes(guard);
        guard->settler.gap = guard->settler.patient = true;
        r = territory_resolve(&guard->settler, &nobody);
        if (r == 0)
                settle_everything(&guard->settler, &nobody);
        guard->settler.patient = false;
        return r;
}

/* What the last guard knew the doer of is settled as his, and only then the rest as nobody's. What is left of it is
 * given up when the first notes of this one are settled. */
static int settle_gap(struct guard *guard)
{
        const struct cause nobody = { .actor = NULL };
        int known = guard->settler.reviewing ? 0 : leftovers_settle(guard), r;

        if (known < 0)
                return known;
        if (lifeline_is_inherited(guard->options.lifeline))
                return settle_takeover(guard);
        r = territory_resolve(&guard->settler, &nobody);
        if (r == 0 && known)
                settle_everything(&guard->settler, &nobody); /* its directories were found before */
        return r;
}

/* On the disk before the daemon says that it is ready: whoever killed it before that would have another one taken. */
static int take_baseline(struct guard *guard)
{
        const struct cause cause = { .actor = NULL };
        int r = territory_resolve(&guard->settler, &cause);

        if (r < 0)
                return r;
        outbox_signal(&guard->outbox, LETTER_BASELINE);
        record_baseline(guard);
        recorder_deliver(guard);
        guard->outbox.pending = guard->pending;
        return 0;
}

#define AUTOMATIC                                                                                                      \
        "look: unitward baseline --review, then: unitward baseline --take. What is built to be enforced from the "     \
        "first "                                                                                                       \
        "start on says baseline = \"automatic\" in its policy"

/* The service stays up and says so everywhere: one that does not start would leave the machine without records too. */
static void refuse_to_enforce(struct guard *guard)
{
        static const char message[] =
                "the policy says enforce, and nothing has been authorised here yet: it only audits "
                "until somebody has looked, nothing is prevented";

        (void)fprintf(stderr, "unitwardd: %s; %s\n", message, AUTOMATIC);
        guard_record(guard, RECORD_PROBLEM, strdup(message), strdup(AUTOMATIC));
}

/* From here on only who may approve decides about what is there already. */
static void begin_review(struct guard *guard)
{
        const struct inventory *inventory = &guard->settler.inventory;

        outbox_signal(&guard->outbox, LETTER_BASELINE);
        if (guard->claims.policy == MODE_ENFORCE)
                refuse_to_enforce(guard);
        guard_record(guard, RECORD_BASELINE,
                     format("first start: authorised %llu names that packages own; %llu others wait for a review",
                            (unsigned long long)inventory->n_authorised, (unsigned long long)inventory->n_tolerated),
                     format("nothing is prevented yet: unitward baseline --review, then: unitward baseline --take"));
}

/* Marks first, then looks; the verdict thread answers from the first mark on. */
int guard_occupy(struct guard *guard)
{
        struct settler *settler = &guard->settler;
        int r = ledger_has_baseline(guard->ledger);

        if (r < 0)
                return guard_refuse("cannot read the ledger in", guard->options.state_directory, r, "check its disk");
        settler->baseline = r == 0 && !guard->claims.unreviewed;
        settler->reviewing = r == 0 && guard->claims.unreviewed;
        settler->gap = settler->policy_counts = !settler->baseline;
        if (policy_settings(guard->policy)->package_records) {
                settler->vouching = vouching_new(guard->options.package_root, guard->policy);
                if (!settler->vouching)
                        return -ENOMEM;
        }
        r = mounts_begin(guard);
        if (r < 0)
                return guard_refuse("cannot read", "/proc/self/mountinfo", r, "is /proc mounted?");
        r = territory_load(settler, guard->ledger);
        if (r < 0)
                return guard_refuse("cannot read the ledger in", guard->options.state_directory, r, "check its disk");
        r = load_pending(guard);
        if (r < 0)
                return r;
        r = settler->baseline ? take_baseline(guard) : 0;
        if (r == 0)
                r = recorder_start(guard);
        if (r == 0 && !settler->baseline)
                r = settle_gap(guard);
        if (r < 0)
                return r;
        verdicts_listen(guard->verdicts); /* at the latest */
        if (settler->reviewing)
                begin_review(guard);
        /* Nothing was put right: what managers have loaded is what is there, and the review may authorise it. */
        if (guard->claims.unreviewed)
                settle_forget_gap(settler);
        if (settler->n_in_force && !settler->reviewing)
                report_problem(settler, guard->options.policy_path,
                               format("the policy was changed while nobody watched, and is in force as it is now"),
                               format("look at the records of GAP above, and at: unitward check"));
        settler->reviewing = settler->baseline = settler->new_boot = settler->gap = settler->policy_counts = false;
        settler->vouching = vouching_free(settler->vouching);
        (void)malloc_trim(0); /* a baseline and the packages' records were megabytes that nobody will ask for again */
        quarantine_each(guard->settler.quarantine, seal_leftover, guard);
        return 0;
}
