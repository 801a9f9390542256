/** One object of the corpus. */
export interface Case {
    readonly title: string;
    readonly kind: string;
    readonly spec: unknown;
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
}
