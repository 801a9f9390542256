/** What an explanation takes for granted that no question says. */
import type { UnderscorePolicy } from "../exchange";
import type { OpenPorts } from "./front";

export interface ExplainOptions {
    /** Of a running proxy: which ports it has open. */
    readonly open?: OpenPorts;
    /** Endpoints are not part of the configuration that is asked about: a backend without any is none the less taken to be there. */
    readonly endpointsElsewhere?: boolean;
    /** The gateway's own, of header names with underscores. */
    readonly underscores?: UnderscorePolicy;
    /** Of what a rule asks of headers and query parameters only the names are told, unless they say that it is no password. */
    readonly isConcealed?: boolean;
}
