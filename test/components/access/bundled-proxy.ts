/** What the bundled proxy itself makes of policies, from their text to its decision: the other reader of what components make. */
import type { AuthorizationPolicy } from "../../../istio";
import { readAuthorization } from "../../../istio/semantics/authorization";
import { bindAuthorization, bindConnections } from "../../../proxy/snapshot/access/authorization";
import { denialOf } from "../../../proxy/snapshot/access/decide";
import { judgedConnection, type JudgedAccess } from "../../../proxy/snapshot/access/judged";
import type { AuthorizationPolicyEntry } from "../../../proxy/tables/access";
import type { Asked } from "./evaluator";

function entryOf(policy: AuthorizationPolicy, index: number): AuthorizationPolicyEntry {
    const { rules, connectionRules, faults } = readAuthorization(policy, "edge", ["cluster.local"]);
    if (faults.length > 0) throw new Error(faults.map(({ field, reason }) => `${field}: ${reason}`).join("; "));
    const name = `p${index}`;
    const origin = { object: { group: "", kind: "AuthorizationPolicy", namespace: "edge", name }, field: "spec" } as never;
    return {
        key: `edge/${name}`,
        namespace: "edge",
        name,
        action: policy.action ?? "ALLOW",
        dryRun: false,
        rules,
        connectionRules,
        origin,
    };
}

function judgedOf(asked: Asked, isRequest: boolean): JudgedAccess {
    const connection = {
        remoteAddress: asked.peer,
        localAddress: "10.0.0.1",
        localPort: asked.port,
        serverName: asked.serverName,
        tls: undefined,
    };
    if (!isRequest) return { ...judgedConnection(connection), remoteAddress: asked.client };
    return {
        ...judgedConnection(connection),
        remoteAddress: asked.client,
        method: asked.method,
        scheme: "https",
        authority: asked.host,
        path: asked.path,
        pathname: asked.path,
        headers: Object.entries(asked.headers).flatMap(([name, values]) => values.flatMap((value) => [name, value])),
        payload: Object.keys(asked.claims).length > 0 ? asked.claims : undefined,
    };
}

/** None of the requests has a client certificate. */
export function passesProxy(asked: Asked, policies: readonly AuthorizationPolicy[], isRequest = true): boolean {
    const entries = policies.map(entryOf);
    const of = (action: string): AuthorizationPolicyEntry[] => entries.filter((entry) => entry.action === action);
    const [deny, allow] = [of("DENY"), of("ALLOW")];
    const allows = allow.length > 0 ? [allow] : [];
    const decision = isRequest ? bindAuthorization([], deny, allows)?.requests : bindConnections([], [], deny, allows, new Map());
    return decision === undefined || denialOf(decision, judgedOf(asked, isRequest)) === undefined;
}
