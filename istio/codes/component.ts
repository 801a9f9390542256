/** GH02xx, components/: faults in arguments. */
export const COMPONENT_CODES = {
} as const;
