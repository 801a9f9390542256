/** Policies over who may pass. */
import { texts, textsByKey } from "../parameters";
import type { PolicyEntry } from "./entry";

export const ACCESS_POLICIES = {
    "host-access-required": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A host whose team demands it has a rule that says who may pass.",
        parameters: {
            hosts: textsByKey(
                "Hosts, or wildcards of them, that need a rule, by the namespace of the VirtualService; `*` stands for the namespaces that are not named.",
            ),
            labels: texts([], "Labels, as key=value, of VirtualServices all of whose hosts need a rule."),
        },
    },
    "access-rule-met": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A rule of an AuthorizationPolicy is met by what it names, and by nothing else.",
    },
    "access-rule-detour": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "What a rule forbids does not pass under another spelling.",
    },
    "access-client-address": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A rule by the client's address is for a gateway that sees it.",
    },
    "token-keys": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "The keys that verify tokens are there, public, and fetched over TLS.",
    },
    "token-verified": {
        enforcementLevel: "advisory",
        severity: "high",
        description: "A rule about a token is for a gateway where tokens are verified.",
    },
} as const satisfies Record<string, PolicyEntry>;
