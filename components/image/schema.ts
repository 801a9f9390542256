/** What a GatewayImage is given, as a type and as data: an image that exists, or how to build one. */
import type * as pulumi from "@pulumi/pulumi";
import type { FieldsFor, ObjectArgument } from "../schema";

/** An image that somebody else built. */
export interface ExistingImageArgs {
    /** By its digest: `registry.example/gatehouse:1.2.3@sha256:…`. */
    readonly image: pulumi.Input<string>;
}

/** What Node is released for on Linux. */
export type ImagePlatform = "linux/amd64" | "linux/arm64" | "linux/ppc64le" | "linux/s390x";

/** Credentials of a registry. Without any, those of the machine that builds are used. */
export interface ImageRegistryArgs {
    readonly address: pulumi.Input<string>;
    readonly username?: pulumi.Input<string>;
    /** A secret, whether it is marked as one or not. */
    readonly password?: pulumi.Input<string>;
}

/** Builds the image of this package; names are those of `@pulumi/docker-build`. */
export interface BuiltImageArgs {
    /** An image with Node and nothing else, by its digest. Whoever builds chooses it, and renews it. */
    readonly base: pulumi.Input<string>;
    /** Full names with a tag: `registry.example/team/gatehouse:1.2.3`. Gateways run the first one. */
    readonly tags: readonly pulumi.Input<string>[];
    readonly registries?: readonly ImageRegistryArgs[];
    /** Default: amd64 and arm64 where it is pushed, else the builder's own. */
    readonly platforms?: readonly ImagePlatform[];
    /** A builder that `docker buildx create` made. Docker's own, without a name, is not taken. */
    readonly builder?: { readonly name: pulumi.Input<string> };
    /** Into the registries of the tags. Default: true. */
    readonly push?: boolean;
    /** Into the Docker daemon of the machine that builds. Default: false. */
    readonly load?: boolean;
    /** Beside those that the image has; a label may be any text that is not secret. */
    readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
    /** The commit it is built from, for the label `org.opencontainers.image.revision`. */
    readonly revision?: pulumi.Input<string>;
    /** Build in every preview as well, which needs the builder. Default: false. */
    readonly buildOnPreview?: boolean;
}

export type GatewayImageArgs = ExistingImageArgs | BuiltImageArgs;

const PLATFORM_WORDS: Readonly<Record<ImagePlatform, string>> = {
    "linux/amd64": "",
    "linux/arm64": "",
    "linux/ppc64le": "",
    "linux/s390x": "",
};
export const PLATFORMS: readonly string[] = Object.keys(PLATFORM_WORDS);

const TEXT = { type: "text", input: true, doc: "" } as const;

const EXISTING: FieldsFor<ExistingImageArgs> = {
    image: { ...TEXT, required: true, doc: "By its digest: `registry.example/gatehouse:1.2.3@sha256:…`." },
};

const BUILT: FieldsFor<BuiltImageArgs> = {
    base: {
        ...TEXT,
        required: true,
        doc: "An image with Node and nothing else, by its digest. Whoever builds chooses it, and renews it.",
    },
    tags: {
        type: "list",
        required: true,
        decides: true,
        doc: "Full names with a tag: `registry.example/team/gatehouse:1.2.3`. Gateways run the first one.",
        of: TEXT,
    },
    registries: {
        type: "list",
        decides: true,
        doc: "Credentials of a registry. Without any, those of the machine that builds are used.",
        of: {
            type: "object",
            name: "ImageRegistryArgs",
            doc: "Credentials of a registry.",
            fields: {
                address: { ...TEXT, required: true, doc: "Of the registry." },
                username: { ...TEXT, doc: "Who logs in." },
                password: { ...TEXT, secret: true, apart: true, doc: "A secret, whether it is marked as one or not." },
            },
        },
    },
    platforms: {
        type: "list",
        decides: true,
        doc: "",
        default: "amd64 and arm64 where it is pushed, else the builder's own.",
        of: { type: "text", words: PLATFORM_WORDS, doc: "" },
    },
    builder: {
        type: "object",
        name: "ImageBuilderArgs",
        decides: true,
        doc: "A builder that `docker buildx create` made. Docker's own, without a name, is not taken.",
        fields: { name: { ...TEXT, required: true, doc: "Of the builder." } },
    },
    push: { type: "flag", decides: true, doc: "Into the registries of the tags.", default: "true." },
    load: { type: "flag", decides: true, doc: "Into the Docker daemon of the machine that builds.", default: "false." },
    labels: {
        type: "map",
        decides: true,
        doc: "Beside those that the image has; a label may be any text that is not secret.",
        of: TEXT,
    },
    revision: { ...TEXT, doc: "The commit it is built from, for the label `org.opencontainers.image.revision`." },
    buildOnPreview: {
        type: "flag",
        decides: true,
        doc: "Build in every preview as well, which needs the builder.",
        default: "false.",
    },
};

export const BUILD_FIELDS = Object.keys(BUILT) as readonly (keyof BuiltImageArgs)[];

/** One of the two: what has to be there is for the plan to say. */
const optional = (fields: ObjectArgument["fields"]): ObjectArgument["fields"] =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, required: false }]));

export const GATEWAY_IMAGE: ObjectArgument = {
    type: "object",
    name: "GatewayImageArgs",
    doc: "The image that gateways run, built and pushed with the stack or named by its digest.",
    fields: optional({ ...EXISTING, ...BUILT }),
};
