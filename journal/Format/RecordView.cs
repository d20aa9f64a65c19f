using HftEngine.Core;

namespace HftEngine.Journal;

/// <summary>
/// What the journal reads of a command record: frame, message header, and the start of the envelope.
/// </summary>
internal readonly unsafe struct RecordView(byte* record)
{
    /// <summary>Message header (8) and command envelope (56): no command is shorter.</summary>
    public const int LeastMessageBytes = 64;

    /// <summary>
    /// A length above this is no length. Commands are below 1 KiB; the bound leaves room for later ones.
    /// </summary>
    public const int MostMessageBytes = 1 << 16;

    public byte* Pointer => record;

    public uint MessageBytes => *(uint*)record;

    public uint Crc => *(uint*)(record + 4);

    public byte* Message => record + CommandRecord.Size;

    public int Bytes => CommandRecord.RecordBytes((int)MessageBytes);

    public ushort TemplateId => *(ushort*)(record + 10);

    public ushort SchemaId => *(ushort*)(record + 12);

    public ushort SchemaVersion => *(ushort*)(record + 14);

    public uint Epoch => *(uint*)(record + 16);

    public ulong Sequence => *(ulong*)(record + 24);

    public long TimestampNs => *(long*)(record + 32);

    public bool HasPlausibleLength => MessageBytes >= LeastMessageBytes && MessageBytes <= MostMessageBytes;

    /// <summary>
    /// The bytes behind the message are zero, so that no bit of a record is outside every check.
    /// </summary>
    public bool PaddingIsZero
    {
        get
        {
            byte* end = record + Bytes;
            for (byte* p = record + CommandRecord.Size + MessageBytes; p < end; p++)
            {
                if (*p != 0)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
