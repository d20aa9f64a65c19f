namespace HftEngine.Schemas.Sbe;

/// <summary>What the standard fields of a message header say, whatever their widths on the wire.</summary>
public readonly record struct MessageFrame(int BlockLength, int TemplateId, int SchemaId, int Version);
