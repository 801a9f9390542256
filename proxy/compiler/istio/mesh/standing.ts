/**
 * Most changes of a host are of what is behind it, of which a plan says nothing but whose word it is. So a plan is made of
 * definitions that stand for those in force and say the same to it, and whose word it is now is put into it afterwards.
 */
import type { Subject } from "../../context/place";
import { Renewed } from "../../graph/renewed";
import type { HostDefinition, HostPort } from "../../routing/model/backends";
import type { PlannedServers } from "./drafts";
import type { OutboundRules } from "./outbound-rules";
import type { MeshPlan } from "./virtual-servers";
import type { MeshHosts } from "./visible";

/** Of so many one may differ: old objects are not kept for long, and what is made of many is made anew. */
const KEPT_SHARE = 8;

/** For each definition in force one that says the same to a plan: one of those before, where it can be. */
export function standingFor(definitions: readonly HostDefinition[], before: readonly HostDefinition[]): readonly HostDefinition[] {
    const standing = new Renewed(before, isAlike);
    for (const one of definitions) standing.add(one);
    const list = standing.list();
    let different = 0;
    for (let at = 0; at < list.length; at++) if (list[at] !== definitions[at]) different++;
    return different * KEPT_SHARE > list.length ? definitions : list;
}

/** Where each pod is asked for by its own address, a plan says what is behind the host. */
function isAlike(before: HostDefinition, now: HostDefinition): boolean {
    if (before === now) return true;
    return (
        before.host === now.host &&
        before.namespace === now.namespace &&
        before.subject.id === now.subject.id &&
        before.subject.ref.kind === now.subject.ref.kind &&
        before.isHeadless !== true &&
        now.isHeadless !== true &&
        before.ports.length === now.ports.length &&
        before.ports.every((port, at) => isAlikePort(port, now.ports[at])) &&
        (before.addresses ?? []).join() === (now.addresses ?? []).join()
    );
}

function isAlikePort(before: HostPort, now: HostPort | undefined): boolean {
    return before.number === now?.number && before.name === now.name && before.protocol === now.protocol && before.field === now.field;
}

/** What a plan is to say otherwise. */
export interface Words {
    /** Whose word it is, by whose it was. */
    readonly subjects: ReadonlyMap<Subject, Subject>;
    /** By key: rules that nobody wrote. */
    readonly rules: ReadonlyMap<string, OutboundRules>;
}

export function wordsOf(
    definitions: readonly HostDefinition[],
    standing: readonly HostDefinition[],
    hosts: MeshHosts,
    planned: MeshPlan["rules"],
): Words {
    const subjects = new Map<Subject, Subject>();
    const rules = new Map<string, OutboundRules>();
    for (const [at, now] of definitions.entries()) {
        const before = standing[at];
        if (before === undefined || before === now) continue;
        subjects.set(before.subject, now.subject);
        for (const port of hosts.portsOf(now)) {
            // Of two definitions of a port the first has said it.
            for (const one of [port.default(false), port.default(true)])
                if (planned.get(one.key)?.http[0]?.subject === before.subject) rules.set(one.key, one.rules);
        }
    }
    return { subjects, rules };
}

/** `before`: what this gave the last time. */
export function withWords(plan: MeshPlan, { subjects }: Words, before: Pick<MeshPlan, "servers" | "doors" | "tunnels">): typeof before {
    if (subjects.size === 0) return plan;
    const servers: PlannedServers = new Map(
        [...plan.servers].map(([name, { server, bound }]) => [
            name,
            { server, bound: said(bound, subjects, before.servers.get(name)?.bound ?? []) },
        ]),
    );
    return { servers, doors: said(plan.doors, subjects, before.doors), tunnels: said(plan.tunnels, subjects, before.tunnels) };
}

interface Said {
    readonly subject: Subject;
}

/** What is said by others is the same; the rest is as before, where it was said by the same then. */
function said<T extends Said>(list: readonly T[], subjects: ReadonlyMap<Subject, Subject>, before: readonly T[]): readonly T[] {
    const now: T[] = [];
    let isSame = list.length === before.length;
    for (let at = 0; at < list.length; at++) {
        const one = list[at] as T;
        const subject = subjects.get(one.subject);
        const old = before[at];
        const other = subject === undefined ? one : old && isSaidAgain(old, one, subject) ? old : { ...one, subject };
        isSame &&= other === old;
        now.push(other);
    }
    return isSame ? before : now;
}

/** All of it but whose word it is. */
function isSaidAgain<T extends Said>(old: T, one: T, subject: Subject): boolean {
    return old.subject === subject && (Object.keys(one) as (keyof T)[]).every((key) => key === "subject" || old[key] === one[key]);
}
