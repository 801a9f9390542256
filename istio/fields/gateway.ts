import type { Gateway, Server } from "../types";
import { labels, namedPort, serverTls } from "./common";
import { list, notServed, object, required, text } from "./field";

/** networking.istio.io Gateway: ports and hosts that a gateway workload opens. */
export const gatewayFields = object<Gateway>("the servers of a gateway", {
    selector: labels("labels of the pods that serve this Gateway, in every namespace; none means every gateway"),
    servers: required(
        list(
            "what is opened",
            object<Server>(
                "one port with its hosts",
                {
                    port: required(namedPort("the port", true)),
                    bind: text("the address to listen on; all of them where nothing is said"),
                    hosts: required(
                        list("hosts, as `[namespace/]name`; a namespace lets in only that one's VirtualServices", text("a host")),
                    ),
                    tls: serverTls("how TLS is done"),
                    name: text("the server's name in statistics"),
                    defaultEndpoint: notServed("Istio does not implement it either", text("nothing")),
                },
                { missing: { hosts: 'Releases before 1.0 took a server without hosts for every host; write `hosts: ["*"]` for that.' } },
            ),
        ),
    ),
});
