/** Options of a codec as a listener's rules have them: one object for all of its connections. */
import type { ToleranceRules } from "../http/edge-rules";

/** `usual`: what holds where the rules say nothing. */
export function optionsByTolerance<Options extends object>(usual: Options): (tolerance: ToleranceRules | undefined) => Options {
    const others = new WeakMap<ToleranceRules, Options>();
    return (tolerance) => {
        if (tolerance === undefined) return usual;
        let own = others.get(tolerance);
        if (own === undefined) others.set(tolerance, (own = { ...usual, ...tolerance }));
        return own;
    };
}
