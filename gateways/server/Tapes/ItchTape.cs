using System;
using System.Buffers.Binary;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>
/// Reads NASDAQ TotalView-ITCH 5.0: messages behind a big-endian length of two bytes, prices × 10000.
/// Messages of unknown types are passed over by their length.
/// </summary>
internal sealed class ItchTape(TapeSource source) : TapeReader
{
    private const int PrefixBytes = 2;
    private const int ReferenceOffset = 11;
    private long _record = -1;
    private string _problem = string.Empty;

    public override long BytesRead => source.Offset;

    public override TapeRead Read(ref TapeOperation operation)
    {
        ReadOnlySpan<byte> prefix = source.Peek(PrefixBytes);
        if (prefix.IsEmpty)
        {
            return TapeRead.End;
        }

        _record++;
        RecordOffset = source.Offset;
        operation =
            new TapeOperation { Record = _record, EndsRecord = true, Symbol = TapeOperation.NoSymbol };
        int length = prefix.Length < PrefixBytes ? 0 : BinaryPrimitives.ReadUInt16BigEndian(prefix);
        ReadOnlySpan<byte> framed = source.Peek(PrefixBytes + length);
        if (framed.Length < PrefixBytes + length || prefix.Length < PrefixBytes)
        {
            // Nothing can be told about what a cut message held, and nothing comes behind it.
            source.Take(framed.Length);
            return Fail(
                $"the tape is truncated: a message of {length} bytes has {Math.Max(0, framed.Length - PrefixBytes)}");
        }

        bool good = TryParse(framed[PrefixBytes..], ref operation);
        source.Take(PrefixBytes + length);
        return good ? TapeRead.Operation : Fail(_problem);
    }

    /// <summary>
    /// Published length of a message type; 0 for a type that the specification does not have.
    /// </summary>
    internal static int LengthOf(byte type) => (char)type switch
    {
        'S' => 12,
        'R' => 39,
        'H' => 25,
        'Y' => 20,
        'L' => 26,
        'V' => 35,
        'W' => 12,
        'K' => 28,
        'J' => 35,
        'h' => 21,
        'A' => 36,
        'F' => 40,
        'E' => 31,
        'C' => 36,
        'X' => 23,
        'D' => 19,
        'U' => 35,
        'P' => 44,
        'Q' => 40,
        'B' => 19,
        'I' => 50,
        'N' => 20,
        'O' => 48,
        _ => 0,
    };

    protected override void Dispose(bool disposing) => source.Dispose();

    private bool TryParse(ReadOnlySpan<byte> message, ref TapeOperation operation)
    {
        if (message.IsEmpty)
        {
            return Bad("the message is empty");
        }

        int expected = LengthOf(message[0]);
        if (expected == 0)
        {
            return true;
        }

        if (message.Length != expected)
        {
            return Bad(
                $"a message of type {(char)message[0]} has {message.Length} bytes instead of {expected}");
        }

        switch ((char)message[0])
        {
            case 'A' or 'F':
                operation.Action = TapeAction.Add;
                return TryOrder(message, ref operation);
            case 'P':
                operation.Action = TapeAction.ExecuteHidden;
                return TryOrder(message, ref operation);
            case 'E' or 'C':
                operation.Action = TapeAction.Execute;
                operation.NewId = BinaryPrimitives.ReadUInt64BigEndian(message[23..]);
                return TryReference(message, ref operation) && TryShares(message[19..], ref operation);
            case 'X':
                operation.Action = TapeAction.Reduce;
                return TryReference(message, ref operation) && TryShares(message[19..], ref operation);
            case 'D':
                operation.Action = TapeAction.Delete;
                return TryReference(message, ref operation);
            case 'U':
                operation.Action = TapeAction.Replace;
                operation.NewId = BinaryPrimitives.ReadUInt64BigEndian(message[19..]);
                return TryReference(message, ref operation) && TryShares(message[27..], ref operation)
                    && TryPrice(message[31..], ref operation);
            case 'Q':
                operation.Action = TapeAction.Cross;
                return true;
            case 'H':
                operation.Action = TapeAction.TradingStatus;
                return true;
            default:
                return true;
        }
    }

    private bool TryOrder(ReadOnlySpan<byte> message, ref TapeOperation operation)
    {
        if (message[19] is not ((byte)'B' or (byte)'S'))
        {
            return Bad($"the side {AsciiField.Show(message.Slice(19, 1))} is neither B nor S");
        }

        operation.Side = message[19] == 'B' ? Side.Buy : Side.Sell;
        ReadOnlySpan<byte> stock = message.Slice(24, 8).TrimEnd((byte)' ');
        if (stock.IsEmpty)
        {
            return Bad("the stock is empty");
        }

        operation.Symbol = Symbols.IndexOf(stock);
        return TryReference(message, ref operation) && TryShares(message[20..], ref operation)
            && TryPrice(message[32..], ref operation);
    }

    private static bool TryReference(ReadOnlySpan<byte> message, ref TapeOperation operation)
    {
        operation.Id = BinaryPrimitives.ReadUInt64BigEndian(message[ReferenceOffset..]);
        return true;
    }

    private bool TryShares(ReadOnlySpan<byte> field, ref TapeOperation operation)
    {
        operation.Quantity = BinaryPrimitives.ReadUInt32BigEndian(field);
        return operation.Quantity > 0 || Bad("the shares are zero");
    }

    private bool TryPrice(ReadOnlySpan<byte> field, ref TapeOperation operation)
    {
        operation.Price = BinaryPrimitives.ReadUInt32BigEndian(field);
        return operation.Price > 0 || Bad("the price is zero");
    }

    private bool Bad(string problem)
    {
        _problem = problem;
        return false;
    }
}
