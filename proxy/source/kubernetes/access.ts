/** With what a request to the API server is made. */
import type { RequestOptions } from "node:https";

export interface Access {
    readonly server: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly tls: Pick<RequestOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;
    /** Only where the way leads through a proxy. */
    readonly agent?: RequestOptions["agent"];
    /** Differs when something that was read differs. */
    readonly generation: number;
}
