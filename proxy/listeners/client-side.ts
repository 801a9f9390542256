/** Whose a connection is: as its socket has it, or as a PROXY protocol's header in front of it said. */
import type net from "node:net";
import type { ConnectionInfo, OriginalDestination } from "../http/doors";
import { plainAddress } from "../net/address";
import type { PresentedHeader } from "../net/proxy-header-reader";

export type ClientSide = Pick<ConnectionInfo, "remoteAddress" | "remotePort" | "localAddress" | "localPort" | "direct" | "tlvs">;

/** `raw` is the accepted socket: one of TLS on it has its addresses too. */
export function clientSide(raw: net.Socket, header: PresentedHeader | undefined, original?: OriginalDestination): ClientSide {
    const own = {
        remoteAddress: plainAddress(raw.remoteAddress),
        remotePort: raw.remotePort ?? 0,
        localAddress: original?.address ?? plainAddress(raw.localAddress),
        localPort: original?.port ?? raw.localPort ?? 0,
    };
    if (header === undefined) return own;
    const tlvs = header.tlvs.length > 0 ? { tlvs: header.tlvs } : {};
    if (header.ends === undefined) return { ...own, ...tlvs };
    const { remoteAddress, remotePort, localAddress, localPort } = header.ends;
    return { remoteAddress, remotePort, localAddress, localPort, direct: own, ...tlvs };
}
