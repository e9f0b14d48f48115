/** The parts of an OpenAPI 3.1 description that the page shows. */

export interface Schema {
  $ref?: string
  title?: string
  type?: string
  format?: string
  const?: unknown
  enum?: unknown[]
  description?: string
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
}

export type Content = Record<string, { schema?: Schema }>

export interface Operation {
  summary?: string
  description?: string
  tags?: string[]
  security?: unknown[]
  parameters?: {
    name: string
    in: string
    required?: boolean
    description?: string
    schema?: Schema
  }[]
  requestBody?: { content: Content }
  responses?: Record<string, { description?: string; content?: Content }>
}

export interface Description {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}
