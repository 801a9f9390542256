/** `TcpRoute`: a port of an ingress gateway passed on to a backend, for TLS by the name that clients ask for. */
import * as pulumi from "@pulumi/pulumi";
import { judge, Owner, settle } from "../arguments";
import { AuthorizationPolicy, Gateway, VirtualService } from "../resources";
import { demandArguments, wireOf } from "../schema";
import { buildAllowList, buildTcpRoute, outlineAllowList, outlineTcpRoute, tcpRouteCandidates } from "./objects";
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
        // Nothing is passed on before there is what says from whom.
        const protection = args.ipAllowList
            ? [
                  new AuthorizationPolicy(
                      `${name}-ips`,
                      data.tree(
                          (all) => buildAllowList(planTcpRoute(name, all)),
                          (known) => outlineAllowList(name, known),
                      ),
                      data.options({ parent: this }),
                  ),
              ]
            : [];
        new Gateway(`${name}-gateway`, server, data.options({ parent: this }));
        owner.made(new VirtualService(`${name}-routes`, virtualService, data.options({ parent: this, dependsOn: protection })));
        this.registerOutputs({});
    }
}
