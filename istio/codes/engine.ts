/** GH03xx, engine/: faults of a stack program. */
export const ENGINE_CODES = {
} as const;
