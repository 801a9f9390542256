/** GH05xx, cli/: faults of a command. */
export const CLI_CODES = {
} as const;
