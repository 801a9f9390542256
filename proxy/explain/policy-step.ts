/** Of a policy that nobody is let in by, as it can't be evaluated. */
import { refText } from "../../istio/types";
import type { RefusalEntry } from "../tables";
import type { Step } from "./explanation";

export function policyStep({ origin }: RefusalEntry, what: string): Step {
    return {
        step: "policy",
        text: `${refText(origin)} is for this gateway and is not evaluated here: ${what}`,
        origin,
    };
}
