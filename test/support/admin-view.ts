/** What the admin server's tests let it read: a proxy that serves nothing. */
import type { AdminView } from "../../proxy/admin";
import { emptyTables } from "../../proxy/tables";

export const ADMIN_VIEW: AdminView = {
    isReady: true,
    draining: false,
    version: 7,
    tables: emptyTables(),
    findings: [],
    bound: [],
    source: undefined,
    workers: [],
    underscores: "forward",
    stats: async () => ({ total: [], workers: new Map() }),
    inspect: async () => new Map(),
    scrape: async () => [],
    tail: { refusal: () => undefined, watch: () => () => undefined },
    changes: { version: 7, changes: [], rejects: [] },
    logging: { levels: { proxy: "info" }, change: () => "", reset: () => undefined },
    beginDrain: () => undefined,
    quit: () => undefined,
};
