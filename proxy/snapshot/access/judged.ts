/** What rules look at: a request, or a connection that is passed on as it is, of which what only HTTP has is empty. */
import type { ConnectionInfo, HeaderList } from "../../http/doors";
import type { RoutedRequest } from "../match/routed-request";

/** The claims of a token, as its JSON has them. */
export type TokenPayload = Readonly<Record<string, unknown>>;

export type JudgedConnection = Pick<
    ConnectionInfo,
    "remoteAddress" | "direct" | "localAddress" | "localPort" | "targetPort" | "serverName" | "tls"
>;

export interface JudgedAccess extends RoutedRequest {
    readonly connection: JudgedConnection;
    /** Of the client behind trusted hops; the peer's where there are none. */
    readonly remoteAddress: string;
    /** Of the token that was verified; undefined: there is none. */
    readonly payload: TokenPayload | undefined;
}

const NO_HEADERS: HeaderList = [];

export function judgedConnection(connection: JudgedConnection): JudgedAccess {
    return {
        method: "",
        scheme: "",
        authority: "",
        path: "",
        pathname: "",
        headers: NO_HEADERS,
        upgrade: "",
        connection,
        remoteAddress: connection.remoteAddress,
        payload: undefined,
    };
}
