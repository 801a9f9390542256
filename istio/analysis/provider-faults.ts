/** What is said of providers that a policy or an access log names, and that can't do it. */
import { didYouMean } from "../did-you-mean";
import type { GivenProvider } from "../extension-providers";
import { shownText } from "../shown";

/** `known`: the names that somebody has defined. */
export function undefinedProvider(name: string, known: readonly string[]): string {
    const meant = didYouMean(name, known);
    return `nobody defines the provider ${shownText(name)}${meant === undefined ? "" : ` (is ${shownText(meant)} meant?)`}`;
}

/** Undefined: its definition is fine. `name`: as it is named. */
export function wrongProvider(name: string, { faults: [fault] }: GivenProvider): string | undefined {
    return fault && `the provider ${shownText(name)} is wrong: ${fault.field} ${fault.message}`;
}
