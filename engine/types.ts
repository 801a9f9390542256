/**
 * What goes into an evaluation and what comes out: the engine's whole interface. An evaluation is plain data, so that
 * whoever takes it (the command, the policy pack, a test) needs nothing of Pulumi.
 */
import type { Finding, Place } from "../istio/findings";
import type { KubeObject } from "../istio/types";

/** A value as resources carry it: JSON. */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;
export interface PropertyMap {
    readonly [key: string]: PropertyValue;
}

/** A stack as a StackReference names it. */
export interface StackName {
    readonly organization: string;
    readonly project: string;
    readonly stack: string;
}

/** One line that a program wrote or logged. */
export interface LogLine {
    readonly severity: "info" | "warning" | "error";
    readonly message: string;
    /** The resource it is about, if any. */
    readonly urn?: string;
    /** `project/stack` that said it. */
    readonly stack: string;
}

export interface EvaluateOptions {
    /** The folder that holds Pulumi.yaml. */
    readonly dir: string;
    /** The environment: the Pulumi stack's name, and which `Pulumi.<env>.yaml` is read. */
    readonly env: string;
    /** Values that stand over the stack's own; a key without a namespace belongs to the project. */
    readonly config?: Readonly<Record<string, string>>;
    /** Values that stand below everything the project and the environment say, in every stack of the run. */
    readonly configDefaults?: Readonly<Record<string, string>>;
    /** Where generated names, keys and certificates are kept; default `.gatehouse` beside each Pulumi.yaml. */
    readonly stateDir?: string;
    /** Default `organization`, as a self-managed Pulumi backend has it. */
    readonly organization?: string;
    /** Where a referenced project's Pulumi.yaml is, asked before the neighbours of `dir` are searched. */
    readonly findStack?: (name: StackName) => string | undefined;
    /** How long the program may run, per stack. Default two minutes. */
    readonly timeoutMs?: number;
    /**
     * Whether the compiler checks the program's types beside the run, which takes longer than the run; what it says is
     * then among the findings. Default true. Without it, `typecheckStack` asks later.
     */
    readonly typecheck?: boolean;
    readonly onLog?: (line: LogLine) => void;
    /** Told of each resource that is registered, with how many there are by then in all stacks of the run. */
    readonly onResource?: (count: number) => void;
    /** Ends the evaluation early; it then rejects with the signal's reason. */
    readonly signal?: AbortSignal;
}

export interface CustomTimeouts {
    readonly create?: string;
    readonly update?: string;
    readonly delete?: string;
    readonly read?: string;
}

/** An alias as it was asked for: a whole URN, or the parts that differ. */
export type Alias =
    | string
    | {
          readonly name?: string;
          readonly type?: string;
          readonly stack?: string;
          readonly project?: string;
          readonly parentUrn?: string;
          readonly noParent?: boolean;
      };

/** A resource's options as the engine heard them, after transforms. */
export interface EvaluatedOptions {
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    /** Absent where the program left it to the provider. */
    readonly deleteBeforeReplace?: boolean;
    readonly ignoreChanges: readonly string[];
    readonly replaceOnChanges: readonly string[];
    readonly additionalSecretOutputs: readonly string[];
    readonly aliases: readonly Alias[];
    /** The aliases as whole URNs. */
    readonly aliasUrns: readonly string[];
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly customTimeouts: CustomTimeouts;
    readonly deletedWith?: string;
    readonly replaceWith: readonly string[];
    readonly version?: string;
}

export interface EvaluatedResource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly custom: boolean;
    /** Only custom resources have one. */
    readonly id?: string;
    readonly parent?: string;
    /** `<urn>::<id>` of the provider resource; only custom resources have one. */
    readonly provider?: string;
    /** True for a resource that was read, not made. */
    readonly external: boolean;
    /** Secrets stand opened in both maps: what is secret is said by the paths below. */
    readonly inputs: PropertyMap;
    readonly outputs: PropertyMap;
    /** Paths as Pulumi writes them: `data`, `spec.items[0]["a.b"]`. */
    readonly secretInputs: readonly string[];
    readonly secretOutputs: readonly string[];
    readonly options: EvaluatedOptions;
    /** Where in the program it was constructed, if the SDK knew. */
    readonly place?: Place;
}

/** What a program makes in one cluster. */
export interface ClusterObjects {
    /** The provider resource's name; empty for the default provider. */
    readonly name: string;
    /** Equal for equal clusters, also between stacks. May hold a secret: compared, and never shown. */
    readonly key: string;
    readonly objects: readonly KubeObject[];
}

export interface Evaluation {
    readonly project: string;
    readonly stack: string;
    readonly organization: string;
    readonly resources: readonly EvaluatedResource[];
    /** The stack's outputs, secrets opened. */
    readonly outputs: PropertyMap;
    /** Names of the outputs that hold a secret. */
    readonly secretOutputs: readonly string[];
    /**
     * What is doubtful though the program ran through: type errors, a state file that was remade; in a test, what is
     * wrong with the objects by themselves and between them.
     */
    readonly findings: readonly Finding[];
    /** The stacks that were evaluated for this one's StackReferences, in the order they were. */
    readonly referenced: readonly Evaluation[];
    /** Every file of the program that was loaded, absolute, node_modules left out. */
    readonly files: readonly string[];
    readonly durationMs: number;
    /** The Kubernetes objects, secrets opened: whatever is written of them must be readable by the owner only. */
    kubernetesObjects(): KubeObject[];
    /** The same objects, cluster by cluster. */
    clusterObjects(): ClusterObjects[];
}
