using System;
using HftEngine.Schemas;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Reads and writes what the sequencer must know of a sequenced record; everything else is the engine's.
/// </summary>
internal static unsafe class SequencedCommand
{
    /// <summary>SBE message header: blockLength, templateId, schemaId, version, 16 bits each.</summary>
    public const int MessageHeaderBytes = 8;

    public const int EnvelopeBytes = 56;

    /// <summary>Shorter messages have no envelope that could be stamped.</summary>
    public const int MinMessageBytes = MessageHeaderBytes + EnvelopeBytes;

    public const ushort SchemaId = 1;
    public const ushort UnknownTemplate = 0;
    public const ushort GatewayLost = 12;
    public const ushort VenueRestarted = 13;
    public const ushort Tick = 14;
    public const ushort Genesis = 20;
    public const ushort ActivateRule = 21;

    public const int GatewayLostBlock = 64;
    public const int EnvelopeOnlyBlock = EnvelopeBytes;
    public const int GenesisBlockBytes = GenesisBlock.BlockLength;

    private const ulong Reserved =
        (1UL << GatewayLost) | (1UL << VenueRestarted) | (1UL << Tick) | (1UL << Genesis) | (1UL << ActivateRule);

    /// <summary>Commands that speak for the venue itself.</summary>
    public static bool IsReserved(ushort templateId) => templateId < 64 && ((Reserved >> templateId) & 1) != 0;

    public static ushort TemplateOf(byte* message) => *(ushort*)(message + 2);

    /// <summary>
    /// The engine answers an unknown template with CommandRejected, and the journal shows what was refused
    /// where.
    /// </summary>
    public static void MakeUnknown(byte* message) => *(ushort*)(message + 2) = UnknownTemplate;

    public static uint EpochOf(byte* record) => *(uint*)(record + CommandRecord.Size + MessageHeaderBytes);

    public static ulong SequenceOf(byte* record) => *(ulong*)(record + CommandRecord.Size + MessageHeaderBytes + 8);

    public static long RecordBytes(byte* record) =>
        CommandRecord.RecordBytes((int)((CommandRecord*)record)->MessageBytes);

    /// <summary>
    /// Fills in what only the sequencer may say. Reserved flags are zero on the wire, whatever the gateway
    /// wrote.
    /// </summary>
    public static void Stamp(byte* message, uint epoch, ushort gatewayId, ulong sequence, long timestampNs)
    {
        byte* envelope = message + MessageHeaderBytes;
        *(uint*)envelope = epoch;
        *(uint*)(envelope + 4) = gatewayId;
        *(ulong*)(envelope + 8) = sequence;
        *(long*)(envelope + 16) = timestampNs;
    }

    /// <summary>Starts a command of the venue's own: header written, block zeroed.</summary>
    public static void WriteHeader(byte* message, ushort templateId, int blockBytes)
    {
        new Span<byte>(message, MessageHeaderBytes + blockBytes).Clear();
        *(ushort*)message = (ushort)blockBytes;
        *(ushort*)(message + 2) = templateId;
        *(ushort*)(message + 4) = SchemaId;
    }

    /// <summary>The content of Genesis, from the limits that the engine was made with.</summary>
    public static void WriteGenesis(byte* message, EngineLimits limits)
    {
        *(GenesisBlock*)(message + MessageHeaderBytes) = Engine.GenesisOf(limits);
    }
}
