/** CPU per request of several that do the same work under wrk. Rounds are interleaved, so that what the machine does besides meets all of them. */
import { findTool } from "../harness/tools";
import { sendLoad, type Load } from "./load";

export interface Row {
    readonly port: number;
    /** That of the load, where it is one of its own. */
    readonly script?: string;
    /** Of each round, in microseconds a request. */
    readonly costs: number[];
}

/** Adds a cost for each round, after one that warms up. */
export async function measureRounds<R extends Row>(rows: readonly R[], rounds: number, load: Load, cpu: (row: R) => number): Promise<void> {
    const wrk = findTool("wrk")!;
    const ask = ({ port, script }: R): Promise<number> =>
        sendLoad(wrk, `http://127.0.0.1:${port}/`, script === undefined ? load : { ...load, script });
    for (const row of rows) await ask(row);
    for (let round = 0; round < rounds; round++) {
        for (const row of rows) {
            const before = cpu(row);
            const requests = await ask(row);
            row.costs.push((cpu(row) - before) / requests);
        }
    }
}
