/** The servers and rules of several translators as those of one. */
import type { RuleSource, ServerSource } from "./sources";
import type { PlannedServer } from "./servers";

/** A translator's rules, and which servers and keys are its own. */
export interface OwnRules extends RuleSource {
    owns(server: PlannedServer): boolean;
    knows(key: string): boolean;
}

/** Those of the first before those of the next. */
export function joinedServers(sources: readonly ServerSource[]): ServerSource {
    return { servers: () => sources.flatMap((source) => source.servers()) };
}

/** A server that nobody else owns is that of `main`. */
export function joinedRules(main: RuleSource, others: readonly OwnRules[]): RuleSource {
    const of = (key: string): RuleSource => others.find((one) => one.knows(key)) ?? main;
    return {
        boundTo: (server) => (others.find((one) => one.owns(server)) ?? main).boundTo(server),
        httpRules: (key) => of(key).httpRules(key),
        tcpRules: (key) => of(key).tcpRules(key),
        sniRules: (key) => of(key).sniRules(key),
    };
}
