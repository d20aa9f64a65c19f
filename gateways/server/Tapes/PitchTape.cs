using System;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>
/// Reads BATS PITCH in its text form, one message a line: time (8), type, then fields of fixed width. Some
/// recordings put an S before the time.
/// </summary>
internal sealed class PitchTape(TapeSource source) : LineTape(source)
{
    private const int IdLength = 12;
    private const int SharesLength = 6;
    private const int SymbolLength = 6;
    private const int PriceLength = 10;
    private const int TimeLength = 8;

    // Side, shares, symbol and price follow the id; the display flag behind them is not needed.
    private const int AddLength = IdLength + 1 + SharesLength + SymbolLength + PriceLength;
    private const int Radix = 36;

    protected override bool TryParse(ReadOnlySpan<byte> line, ref TapeOperation operation)
    {
        operation.Symbol = TapeOperation.NoSymbol;
        ReadOnlySpan<byte> message = line[0] == 'S' ? line[1..] : line;
        if (message.Length <= TimeLength || !AsciiField.TryDigits(message[..TimeLength], out _))
        {
            return Bad("the record does not begin with 8 digits of time and a type", line);
        }

        ReadOnlySpan<byte> body = message[(TimeLength + 1)..];
        byte type = message[TimeLength];
        switch (type)
        {
            case (byte)'A':
                operation.Action = TapeAction.Add;
                return TryOrder(body, ref operation);
            case (byte)'P':
                operation.Action = TapeAction.ExecuteHidden;
                return TryOrder(body, ref operation);
            case (byte)'X':
                operation.Action = TapeAction.Reduce;
                return TryReference(body, IdLength + SharesLength, ref operation);
            case (byte)'E':
                operation.Action = TapeAction.Execute;
                return TryReference(body, IdLength + SharesLength + IdLength, ref operation)
                    && TryExecutionId(body[(IdLength + SharesLength)..], ref operation);
            case (byte)'B' or (byte)'H' or (byte)'I' or (byte)'J' or (byte)'R':
                // Trade breaks, trading status, auctions and retail interest change no order of the book.
                return true;
            default:
                return Bad("the type is unknown", message.Slice(TimeLength, 1));
        }
    }

    public override int FormatId(ulong id, Span<byte> text)
    {
        for (int i = IdLength - 1; i >= 0; i--)
        {
            (id, ulong digit) = ulong.DivRem(id, Radix);
            text[i] = (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
        }

        return IdLength;
    }

    private bool TryOrder(ReadOnlySpan<byte> body, ref TapeOperation operation)
    {
        if (body.Length < AddLength)
        {
            return Bad($"the message has {body.Length} of {AddLength} characters");
        }

        ReadOnlySpan<byte> fields = body[IdLength..];
        if (fields[0] is not ((byte)'B' or (byte)'S'))
        {
            return Bad("the side is neither B nor S", fields[..1]);
        }

        operation.Side = fields[0] == 'B' ? Side.Buy : Side.Sell;
        ReadOnlySpan<byte> symbol = fields.Slice(1 + SharesLength, SymbolLength).TrimEnd((byte)' ');
        if (symbol.IsEmpty)
        {
            return Bad("the symbol is empty");
        }

        ReadOnlySpan<byte> price = fields.Slice(1 + SharesLength + SymbolLength, PriceLength);
        if (!AsciiField.TryDigits(price, out operation.Price))
        {
            return Bad("the price is not 10 digits", price);
        }

        if (operation.Price == 0)
        {
            return Bad("the price is zero");
        }

        operation.Symbol = Symbols.IndexOf(symbol);
        return TryId(body[..IdLength], out operation.Id)
            && TryShares(fields.Slice(1, SharesLength), ref operation);
    }

    private bool TryReference(ReadOnlySpan<byte> body, int length, ref TapeOperation operation)
    {
        if (body.Length < length)
        {
            return Bad($"the message has {body.Length} of {length} characters");
        }

        return TryId(body[..IdLength], out operation.Id)
            && TryShares(body.Slice(IdLength, SharesLength), ref operation);
    }

    private bool TryExecutionId(ReadOnlySpan<byte> text, ref TapeOperation operation) =>
        TryId(text[..IdLength], out operation.NewId);

    private bool TryShares(ReadOnlySpan<byte> text, ref TapeOperation operation)
    {
        if (!AsciiField.TryDigits(text, out operation.Quantity))
        {
            return Bad("the shares are not 6 digits", text);
        }

        return operation.Quantity > 0 || Bad("the shares are zero");
    }

    private bool TryId(ReadOnlySpan<byte> text, out ulong id)
    {
        id = 0;
        foreach (byte character in text)
        {
            int digit = character switch
            {
                >= (byte)'0' and <= (byte)'9' => character - '0',
                >= (byte)'A' and <= (byte)'Z' => character - 'A' + 10,
                _ => -1,
            };
            if (digit < 0)
            {
                return Bad("the id is not 12 digits of base 36", text);
            }

            // 36^12 is below 2^63, so twelve digits cannot overflow.
            id = (id * Radix) + (ulong)digit;
        }

        return true;
    }
}
