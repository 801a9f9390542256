/** RE2 never explodes, but what it has to run for each request is as large as the expression makes it. */
import { RE2JS } from "re2js";
import type { Checks } from "../check";
import { repetitionsOf } from "../objects/repetitions";
import { isVirtualService } from "../objects/virtual-service";
import type { ParametersOf } from "../table";
import { fault, type PolicyFault, type Thing } from "../thing";
import { walkTexts } from "../values";

const REGEX_FIELD = /(?:^|\.)(?:regex|uriRegexRewrite\.match)$/;

/** Undefined for what does not compile, which is another policy's to say. */
function programSize(regex: string): number | undefined {
    try {
        return RE2JS.compile(regex).programSize();
    } catch {
        return undefined;
    }
}

function costOf(regex: string, { instructions, repetitions }: ParametersOf<"regex-cost">): string | undefined {
    const { nested, largest } = repetitionsOf(regex);
    if (nested) return "repeats what repeats itself without bound. Repeat one of them.";
    if (largest > repetitions) return `counts to ${largest}. Want ${repetitions} at most.`;
    const size = programSize(regex);
    return size !== undefined && size > instructions ? `needs ${size} instructions of RE2. Want ${instructions} at most.` : undefined;
}

export const regexCost: Checks<"regex-cost"> = {
    resource: (thing: Thing, parameters) => {
        const faults: PolicyFault[] = [];
        if (!isVirtualService(thing)) return faults;
        walkTexts(thing.value.spec, (regex, path) => {
            const cost = REGEX_FIELD.test(path) ? costOf(regex, parameters) : undefined;
            if (cost !== undefined) faults.push(fault(thing, `spec.${path}`, cost));
        });
        return faults;
    },
};
