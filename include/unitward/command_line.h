/* What unitward.mode= on the kernel's command line asks for: the way out when a policy has locked everybody out.
 *
 * It can only weaken, and what weakens most counts, wherever on the line it stands: ConditionKernelCommandLine= of the
 * unit has it so too. Boot gate and daemon read it here. */
#pragma once

enum command_line_mode {
        COMMAND_LINE_NOTHING, /* no such word, or one that is not known: the policy counts */
        COMMAND_LINE_AUDIT,
        COMMAND_LINE_OFF,
};

/* Words are separated by white space; double quotes around a word or a value belong to neither, as for the kernel. */
enum command_line_mode command_line_mode(const char *line);

/* /proc/cmdline; in a container, where that is the host's, the arguments of its PID 1, as systemd has it. At most 64 KiB;
 * what cannot be read is empty. The caller frees; NULL: no memory. */
char *command_line_read(void);

/* The one of the line that command_line_read gives. */
enum command_line_mode command_line_machine(void);
