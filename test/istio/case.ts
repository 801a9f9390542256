/** One object of the corpus. */
export interface Case {
    readonly title: string;
    readonly kind: string;
    readonly spec: unknown;
    readonly name?: string;
    /** Beside its name, namespace and annotations. */
    readonly metadata?: object;
    readonly annotations?: Readonly<Record<string, string>>;
}
