/** GH02xx, components/: faults in arguments. */
export const COMPONENT_CODES = {
    GH0201: { level: "Error", name: "InvalidName", when: "A component or one of its objects has a name that Kubernetes does not take." },
    GH0202: {
        level: "Error",
        name: "InvalidPort",
        when: "A declared port has a number, name or protocol that cannot be, or shares its number with another one.",
    },
    GH0203: {
        level: "Error",
        name: "UnknownPort",
        when: "A component asks for a port that its gateway does not declare, or that speaks another protocol.",
    },
    GH0204: {
        level: "Error",
        name: "InvalidHost",
        when: "A host name is malformed, given twice, or of a form that this component cannot serve.",
    },
    GH0205: { level: "Error", name: "WrongGateway", when: "What is given as a gateway is not one, or is of the other kind." },
    GH0206: {
        level: "Error",
        name: "InvalidDestination",
        when: "A destination names no port where its Service has several, or one that the Service does not have.",
    },
    GH0207: {
        level: "Error",
        name: "InvalidCertificate",
        when: "A certificate, its key or its authority cannot serve the hosts it is given to.",
    },
    GH0208: {
        level: "Error",
        name: "TakenTwice",
        when: "Two components of one program take the same host, port or object name in one cluster. A cluster is a provider, given in options or by a `transformation`; one that a transform gives is not seen: give `provider`.",
    },
    GH0209: { level: "Error", name: "ImageMissing", when: "A gateway has no image for its proxy." },
    GH0210: { level: "Error", name: "InvalidOption", when: "An argument has a value that it cannot have, or one that excludes another." },
    GH0212: { level: "Error", name: "MissingOutput", when: "A stack is asked for an output that it does not have." },
    GH0213: {
        level: "Error",
        name: "InvalidAccess",
        when: "What says who may pass lets everybody in or nobody, leaves a way around it, or names keys or users that cannot be used.",
    },
    GH0214: {
        level: "Warning",
        name: "TokensOfOthers",
        when: "Of two hosts of a gateway one demands tokens and the other says nothing of them: tokens are looked at for the whole gateway, and those of other issuers are refused.",
    },
    GH0215: {
        level: "Error",
        name: "InvalidGrpcRoute",
        when: "A gRPC route names a service or method as no .proto can, is reached by no call, or leads to a port of a Service that does not say that it speaks HTTP/2.",
    },
    GH0220: {
        level: "Error",
        name: "InvalidTransform",
        when: "A function in `extraManifestTransforms` fails, gives no plain object, gives different ones for the same, or changes what objects find each other by.",
    },
    GH0230: {
        level: "Error",
        name: "InvalidImage",
        when: "The name of an image is malformed, or lacks the digest, tag or registry that it needs.",
    },
    GH0231: {
        level: "Error",
        name: "ImageUnbuildable",
        when: "A GatewayImage is to be built where the files of the image, or the package that builds, are missing.",
    },
    GH0221: {
        level: "Error",
        name: "MissingCrds",
        when: "The cluster does not know a kind of Istio's that a component makes an object of.",
    },
    GH0222: { level: "Error", name: "RolloutStuck", when: "The pods of a gateway did not get ready within `rollout.timeoutSeconds`." },
    GH0223: { level: "Error", name: "ForeignCrd", when: "IstioCrds is to take over a definition that Gatehouse did not make." },
} as const;
