/** `TcpRoute`: a port of an ingress gateway passed on to a backend, for TLS by the name that clients ask for. */
import * as pulumi from "@pulumi/pulumi";
import { judge, Owner, settle } from "../arguments";
import { Gateway, VirtualService } from "../resources";
import { demandArguments, wireOf } from "../schema";
import { buildTcpRoute, outlineTcpRoute, tcpRouteCandidates } from "./objects";
import { judgeTcpRoute, planTcpRoute, takenByTcpRoute, type TcpRouteData } from "./plan";
import { TCP_ROUTE, type TcpRouteArgs } from "./schema";

export class TcpRoute<const M> extends pulumi.ComponentResource {
    constructor(name: string, args: TcpRouteArgs<M>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("TcpRoute", name, opts);
        demandArguments(owner.text, TCP_ROUTE, args);
        const wire = wireOf(TCP_ROUTE, args);
        const data = settle<TcpRouteData>(owner, wire, (known) =>
            judge(owner, judgeTcpRoute(name, known), tcpRouteCandidates, takenByTcpRoute),
        );
        super("gatehouse:index:TcpRoute", name, wire, opts);

        const { gateway: server, virtualService } = data.tree(
            (all) => buildTcpRoute(planTcpRoute(name, all)),
            (known) => outlineTcpRoute(name, known),
        );
        new Gateway(`${name}-gateway`, server, data.options({ parent: this }));
        owner.made(new VirtualService(`${name}-routes`, virtualService, data.options({ parent: this })));
        this.registerOutputs({});
    }
}
