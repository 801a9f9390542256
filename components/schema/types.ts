/**
 * Holds schemas and the types of arguments equal: `ObjectFor<VirtualHostArgs>` is the schema that says the same as the type,
 * so that an argument which one of the two lacks, or has otherwise, is named by the compiler.
 */
import type * as pulumi from "@pulumi/pulumi";
import type {
    FlagArgument,
    IstioField,
    KubernetesField,
    ListArgument,
    MapArgument,
    NumberArgument,
    ObjectArgument,
    RichField,
    Sort,
    TextArgument,
    UnionField,
    VariantsField,
} from "./field";

type Later = Promise<unknown> | pulumi.OutputInstance<unknown>;
type IsNever<T> = [T] extends [never] ? true : false;
type IsLater<T> = IsNever<Extract<T, Promise<unknown>>> extends true ? { readonly input?: never } : { readonly input: true };
type Plain<T> = Exclude<T, Later>;

/** What JavaScript has a member of a union as. */
type SortOf<T> = T extends string
    ? "text"
    : T extends number
      ? "number"
      : T extends boolean
        ? "flag"
        : T extends readonly unknown[]
          ? "list"
          : "object";
type OfSort<T, S extends Sort> = T extends unknown ? (SortOf<T> extends S ? T : never) : never;

type Words<T extends string> = string extends T ? { readonly words?: never } : { readonly words: Readonly<Record<T, string>> };
type Only<T> = [boolean] extends [T] ? { readonly only?: never } : { readonly only: T };
type Kinded = { readonly kind: string };

type Members<T> = Omit<UnionField, "members"> & {
    readonly members: { readonly [S in SortOf<T>]: { readonly as: string; readonly field: FieldFor<OfSort<T, S>> } };
};

type Variants<T extends Kinded> = Omit<VariantsField, "variants"> & {
    readonly variants: { readonly [K in T["kind"]]: ObjectFor<Omit<Extract<T, { readonly kind: K }>, "kind">> };
};

type Structure<T> = [T] extends [boolean]
    ? FlagArgument & Only<T>
    : [T] extends [number]
      ? NumberArgument
      : [T] extends [string]
        ? TextArgument & Words<T>
        : [T] extends [readonly (infer E)[]]
          ? ListArgument & { readonly of: FieldFor<E> }
          : [T] extends [(...args: never[]) => unknown]
            ? never
            : [T] extends [Kinded]
              ? Variants<T>
              : [SortOf<T>] extends ["object"]
                ? string extends keyof T
                    ? MapArgument & { readonly of: FieldFor<T[keyof T]> }
                    : ObjectFor<T>
                : Members<T>;

type Given<T> = RichField<T> | IstioField<T> | KubernetesField<T>;

/** The field that says the same as a type. */
export type FieldFor<T> = Given<T> | (Structure<Plain<T>> & IsLater<T>);

type Presence<A, K extends keyof A> = Record<never, never> extends Pick<A, K> ? { readonly required?: false } : { readonly required: true };

export type FieldsFor<A> = { readonly [K in keyof A]-?: FieldFor<Exclude<A[K], undefined>> & Presence<A, K> };

export type ObjectFor<A> = Omit<ObjectArgument, "fields"> & { readonly fields: FieldsFor<A> };

/** What becomes of a value once it is there, with all that is in it. */
export type Known<T> = T extends Later
    ? never
    : T extends string | number | boolean | null | undefined
      ? T
      : T extends readonly (infer E)[]
        ? readonly Known<E>[]
        : { readonly [K in keyof T]: Known<T[K]> };

/** Arguments once every value is there; `Special` is what becomes of those that do not travel as they are. */
export type KnownArgs<A, Special = Record<never, never>> = Known<Omit<A, keyof Special>> & Special;
