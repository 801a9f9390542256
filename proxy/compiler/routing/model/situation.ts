/** Where rules are made: on one server. What they do not depend on is 0 or empty. */
import type { Scope } from "./rules";

export interface Situation {
    /** The owner of the server. */
    readonly gateway: string;
    /** The declared port. */
    readonly port: number;
    /** The addresses that connections were meant for, where a rule speaks of them: a block, as it was written. */
    readonly destination?: string;
}

export function holdsIn({ port, gateways, destinations }: Scope, situation: Situation): boolean {
    return (
        (port === undefined || port === situation.port) &&
        (gateways === undefined || gateways.includes(situation.gateway)) &&
        (destinations === undefined || (situation.destination !== undefined && destinations.includes(situation.destination)))
    );
}
