/** With credentials for every origin, any page that a user opens may act in that user's name. */
import { pathSegments, shownText } from "../../istio";
import type { Checks } from "../check";
import { rulesOf } from "../objects/virtual-service";
import { fault, type Thing } from "../thing";
import { at, items } from "../values";

/** Expressions that every origin fits. */
const EVERYTHING = /^\^?(?:https\?:\/\/|https?:\/\/)?\(?\.[*+]\??\)?\$?$/;

/** The origin that is every origin, as it was written. */
function everyOrigin(cors: unknown): string | undefined {
    for (const origin of items(at(cors, "allowOrigins"))) {
        const { exact, prefix, regex } = { exact: at(origin, "exact"), prefix: at(origin, "prefix"), regex: at(origin, "regex") };
        if (exact === "*") return "*";
        if (prefix === "" || prefix === "http" || prefix === "https://" || prefix === "http://" || prefix === "*")
            return `prefix ${prefix}`;
        if (typeof regex === "string" && EVERYTHING.test(regex)) return regex;
    }
    return items(at(cors, "allowOrigin")).includes("*") ? "*" : undefined;
}

function open(thing: Thing): { readonly field: string; readonly origin: string }[] {
    return rulesOf(thing).flatMap(({ field, value }) => {
        const cors = at(value, "corsPolicy");
        const origin = at(cors, "allowCredentials") === true ? everyOrigin(cors) : undefined;
        return origin === undefined ? [] : [{ field: `${field}.corsPolicy.allowCredentials`, origin }];
    });
}

export const corsCredentials: Checks<"cors-credentials"> = {
    resource: (thing) =>
        open(thing).map(({ field, origin }) =>
            fault(thing, field, `is true for ${shownText(origin)}, which is every origin. Name the origins, or allow no credentials.`),
        ),
    remedy: (thing) => open(thing).map(({ field }) => ({ path: pathSegments(field), value: false })),
};
