/** GH01xx, istio/: what is wrong with an object by itself. */
export const RESOURCE_CODES = {
    GH0101: { level: "Error", name: "UnknownField", when: "An object has a field that its kind does not have." },
} as const;
