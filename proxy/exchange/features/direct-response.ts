/** Rules that answer by themselves. */
import type { DirectAction } from "../../snapshot";
import { answer, type Verdict } from "../verdict";

export function answerDirectly(action: DirectAction): Verdict {
    const body = action.body ?? "";
    return answer(action.status, body, "", "direct_response", [], false, body.length > 0);
}
