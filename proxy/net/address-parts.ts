/** The two parts of `10.0.0.1:8080` and `[::1]:8080`. */
import { withoutBrackets } from "./address";

export function hostPart(text: string): string {
    const end = text.lastIndexOf(":");
    return withoutBrackets(end === -1 ? text : text.slice(0, end));
}

export function portPart(text: string): string {
    const end = text.lastIndexOf(":");
    return end === -1 ? "" : text.slice(end + 1);
}
