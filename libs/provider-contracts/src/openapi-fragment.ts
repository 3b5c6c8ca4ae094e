/** A contract's part of an OpenAPI 3.1 document: its routes and the components they refer to, whose names begin with the contract's. */
export interface OpenApiFragment {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}
