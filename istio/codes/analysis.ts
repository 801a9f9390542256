/** GH07xx, istio/analysis: what is wrong between the objects of a configuration, beside what Istio's own codes say. */
export const ANALYSIS_CODES = {
    GH0701: { level: "Error", name: "ObjectTwice", when: "A configuration has two objects of one kind, namespace and name; only the last one counts." },
} as const;
