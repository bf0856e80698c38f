/** Exit codes of the command line, beside the guest's own. */
export const EXIT_VERIFICATION_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_INTERNAL = 70;
/** Interrupted by the user (as a shell reports SIGINT). */
export const EXIT_INTERRUPTED = 130;
