/** Who may pass, of one connection that is passed on as it is. */
import { denialOf, judgedConnection, type BoundAccess, type JudgedAccess } from "../../snapshot";
import type { Tables } from "../../tables";
import type { AccessAnswer } from "./answer";
import { assess } from "./assess";
import { subjectOf } from "./subject";

export function connectionAccess(
    { entry, connections }: BoundAccess,
    connection: JudgedAccess["connection"],
    tables: Tables,
): AccessAnswer {
    const judged = judgedConnection(connection);
    const denial = connections && denialOf(connections, judged);
    const { policies, decisive } = assess(entry, tables, subjectOf(judged), "connectionRules", denial ? "authorization" : undefined);
    return {
        decision: denial ? "denied" : "allowed",
        policy: decisive?.policy ?? null,
        rule: decisive?.rules.find(({ matched }) => matched)?.field ?? null,
        sourceAddress: connection.remoteAddress,
        remoteAddress: connection.remoteAddress,
        tokens: [],
        providers: [],
        policies,
    };
}
