/** How analyzers report. A message of Istio's is its template with Go's way of writing lists and quoted texts. */
import { ISTIO_CODES, type Code, type IstioCode } from "../codes";
import { finding, type Finding } from "../findings";
import { refKey, type ObjectRef } from "../types";
import type { IndexedObject } from "./indexed-object";

/** Names in one message. A thousand objects that all conflict would each name all the others. */
const MAX_NAMES = 20;

export function goList(items: readonly (string | number)[]): string {
    return `[${clipped(items).join(" ")}]`;
}

export function goQuoted(text: string): string {
    return JSON.stringify(text);
}

/** `a,b,c`; beyond twenty only how many more there are. */
export function nameList(names: readonly string[], separator = ","): string {
    return clipped(names).join(separator);
}

function clipped(items: readonly (string | number)[]): readonly (string | number)[] {
    return items.length <= MAX_NAMES ? items : [...items.slice(0, MAX_NAMES), `and ${items.length - MAX_NAMES} more`];
}

function filled(template: string, args: readonly (string | number)[]): string {
    let next = 0;
    return template.replaceAll("%s", () => String(args[next++] ?? ""));
}

export class AnalysisReport {
    readonly #known = new Map<string, Finding>();

    /** One of Istio's messages; `fix` is ours. */
    istio(code: IstioCode, about: IndexedObject, field: string, args: readonly (string | number)[], fix = ""): void {
        this.own(code, about, field, filled(ISTIO_CODES[code].template, args), fix);
    }

    /** `missing`: what is not there, where that is what is wrong. */
    own(code: Code, about: IndexedObject, field: string, message: string, fix = "", missing?: ObjectRef): void {
        if (about.context) {
            return;
        }
        const place = about.place(field);
        this.add(finding(code, { object: about.ref, field, ...(place ? { place } : {}), missing }, message, fix));
    }

    /** Said once, however many analyzers come to it. */
    add(one: Finding): void {
        const key = [one.code, one.object ? refKey(one.object) : (one.place?.file ?? ""), one.field, one.message].join("\n");
        if (!this.#known.has(key)) {
            this.#known.set(key, one);
        }
    }

    get findings(): readonly Finding[] {
        return [...this.#known.values()];
    }
}
