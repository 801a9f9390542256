/** Rules that answer by themselves. */
import type { DirectAction } from "../../snapshot";
import { answer, type Verdict } from "../verdict";

export function answerDirectly(action: DirectAction): Verdict {
    return answer(action.status, action.body ?? "", "", "direct_response");
}
