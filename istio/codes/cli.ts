/** GH05xx, cli/: faults of a command. */
export const CLI_CODES = {
    GH0501: { level: "Error", name: "UnknownSample", when: "The pod annotation `gatehouse.dev/run` names neither `proxy` nor a sample." },
    GH0502: {
        level: "Error",
        name: "MissingPodInput",
        when: "A workload that runs locally mounts or reads a Secret or ConfigMap that the stack does not make.",
    },
    GH0503: {
        level: "Warning",
        name: "NotOnService",
        when: "A Gateway server's port is on no Service of its gateway: in a cluster nobody reaches it.",
    },
    GH0504: { level: "Error", name: "CheckFailed", when: "A request that `up --check` sent was not answered as the objects say." },
    GH0505: { level: "Error", name: "ProcessEnded", when: "A proxy or sample that `up` started ended by itself." },
    GH0506: {
        level: "Error",
        name: "NoGateway",
        when: "`up` found nothing to serve: no workload carries the pod annotation `gatehouse.dev/run: proxy`.",
    },
    GH0507: { level: "Error", name: "ObjectTwice", when: "Two stacks of one command make an object of the same kind, namespace and name." },
    GH0508: {
        level: "Warning",
        name: "NoGatewaySelected",
        when: "A Gateway's selector picks none of the gateways that run, so nobody serves it.",
    },
    GH0509: {
        level: "Warning",
        name: "LocalImage",
        when: "`render` wrote a workload without an image that a cluster could pull: neither an argument nor `gatehouse:image` names one.",
    },
    GH0510: {
        level: "Info",
        name: "FromElsewhere",
        when: "A Gateway's or an Ingress's certificate is in a Secret that a controller of the cluster fills, that the program says is there already, or that the gateway's pods mount and wait for; a mounted Secret or ConfigMap is a controller's; or a destination is a Service in a namespace in which the program makes none: it is not among the objects, and need not be.",
    },
    GH0511: {
        level: "Warning",
        name: "InTwoClusters",
        when: "A program makes an object of one kind, namespace and name in two clusters, and `up` and `explain` play one: the first with a gateway, or the one that `--cluster` names.",
    },
} as const;
