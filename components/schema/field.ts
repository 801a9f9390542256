/**
 * What the schema of a component's arguments is made of. It is data and stands once: what travels to the engine, which names
 * and types are taken, the pages and the package schema of other languages are all read of it.
 */
import type * as istio from "../../istio";

interface Notes {
    /** What it is for, in sentences; what its members say need not be said twice. */
    readonly doc: string;
    /** What holds where it is left out, with the reason where there is one to give. Written as it follows `Default: `. */
    readonly default?: string;
    /** It says which resources there are: values in it may come later, it may not. */
    readonly decides?: true;
    /** It goes straight to the resources that need it, and is not kept among the component's own inputs. */
    readonly apart?: true;
    /** In its place the component keeps a flag of this name, which says that it was given. */
    readonly flag?: string;
    /** Kept secret wherever it goes, marked or not. */
    readonly secret?: true;
}

/** Its value may come later: an Output. */
interface Later {
    readonly input?: true;
    /** It is computed with, or decides on what is made: an Output of a program without types is refused. */
    readonly known?: true;
}

export interface TextArgument extends Notes, Later {
    readonly type: "text";
    /** The only texts it may be, each with what it means. */
    readonly words?: Readonly<Record<string, string>>;
    /** A number does as well, as Kubernetes takes quantities. */
    readonly orNumber?: true;
}
/** A whole number. */
export interface NumberArgument extends Notes, Later {
    readonly type: "number";
    readonly least: number;
}
export interface FlagArgument extends Notes, Later {
    readonly type: "flag";
    /** The only one of the two that it may be. */
    readonly only?: boolean;
}
export interface ListArgument extends Notes {
    readonly type: "list";
    readonly of: ArgumentField;
}
export interface MapArgument extends Notes {
    readonly type: "map";
    readonly of: ArgumentField;
}
export interface ObjectArgument extends Notes {
    readonly type: "object";
    /** Of its type in TypeScript. */
    readonly name: string;
    readonly fields: Readonly<Record<string, Argument>>;
    /** A resource may be given, or fields of Kubernetes' own that are not among these. */
    readonly open?: true;
    /** What is looked for here and said elsewhere, by its name: it restricts, and whoever gives it here would take it for kept. */
    readonly elsewhere?: Readonly<Record<string, SaidElsewhere>>;
}
export interface SaidElsewhere {
    readonly message: string;
    readonly fix: string;
}
export type Sort = "text" | "number" | "flag" | "list" | "object";
/** One of several, told apart by what JavaScript has them as. */
export interface UnionField extends Notes {
    readonly type: "union";
    /** What a language without unions knows it by. */
    readonly name: string;
    /** Each with its name there. */
    readonly members: { readonly [S in Sort]?: { readonly as: string; readonly field: ArgumentField } };
}
/** One of several objects, told apart by their `kind`. */
export interface VariantsField extends Notes {
    readonly type: "variants";
    readonly name: string;
    readonly variants: Readonly<Record<string, ObjectArgument>>;
}
/** A part of an object of Istio's, as its field table has it. */
export interface IstioField<Given = unknown> extends Notes {
    readonly type: "istio";
    readonly name: string;
    readonly table: istio.Field;
    /** The fields of it that are given in another way. */
    readonly instead?: Readonly<Record<string, ArgumentField>>;
    readonly travel?: (given: never) => unknown;
    /** For the compiler alone. */
    readonly given?: Given;
}
/** A part of an object of Kubernetes' own. */
export interface KubernetesField<Given = unknown> extends Notes {
    readonly type: "kubernetes";
    /** `core/v1:Toleration`. */
    readonly token: string;
    readonly given?: Given;
}
/** What only a program in TypeScript can give as it is: components, resources, functions. */
export interface RichField<Given = unknown> extends Notes {
    readonly type: "rich";
    /** As the pages call it. */
    readonly called: string;
    /** What becomes data of it. */
    readonly travel?: (given: never) => unknown;
    /** The same as plain data, for other languages; none where they cannot give it. */
    readonly twin?: ArgumentField;
    readonly given?: Given;
}

export type ArgumentField =
    | TextArgument
    | NumberArgument
    | FlagArgument
    | ListArgument
    | MapArgument
    | ObjectArgument
    | UnionField
    | VariantsField
    | IstioField
    | KubernetesField
    | RichField;

/** A field among others, which may have to be there. */
export type Argument = ArgumentField & { readonly required?: boolean };
