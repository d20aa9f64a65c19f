using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Schemas;

namespace HftEngine.Simulation;

/// <summary>What the simulated venue trades, and what its clients ask.</summary>
internal static class OrderFlow
{
    public const uint Instruments = 2;

    /// <summary>Accounts are numbered like their clients.</summary>
    public static byte[][] Definitions(int clients)
    {
        var messages = new System.Collections.Generic.List<byte[]>();
        for (uint currency = 1; currency <= 3; currency++)
        {
            messages.Add(Message(
                DefineCurrencyBlock.Header, new DefineCurrencyBlock { CurrencyId = currency, Scale = 2 }));
        }

        for (uint instrument = 1; instrument <= Instruments; instrument++)
        {
            messages.Add(Message(DefineInstrumentBlock.Header, new DefineInstrumentBlock
            {
                InstrumentId = instrument,
                BaseCurrencyId = instrument + 1,
                QuoteCurrencyId = 1,
                TickMantissa = 1,
                TickScale = 2,
                LotMantissa = 1,
                MultiplierMantissa = 1,
                MinPrice = 1,
                MaxPrice = 100_000,
                MaxQuantity = 10_000,
            }));
        }

        for (uint account = 1; account <= clients; account++)
        {
            OpenAccountBlock open = default;
            open.Envelope.AccountId = account;
            messages.Add(Message(OpenAccountBlock.Header, open));
            for (uint currency = 1; currency <= 3; currency++)
            {
                AdjustBalanceBlock deposit = new() { CurrencyId = currency, Amount = 20_000_000 };
                deposit.Envelope.AccountId = account;
                messages.Add(Message(AdjustBalanceBlock.Header, deposit));
            }
        }

        return [.. messages];
    }

    public static byte[] OpenSession(uint client, DisconnectPolicy policy)
    {
        OpenSessionBlock open = new() { DisconnectPolicy = policy };
        open.Envelope.SessionId = client;
        return Message(OpenSessionBlock.Header, open);
    }

    /// <summary>The next request of a client; some are certain to be refused.</summary>
    public static byte[] Request(Random random, uint client, ulong number)
    {
        uint instrument = 1 + (uint)random.Next((int)Instruments);
        ulong earlier = number - (ulong)random.Next(int.Min(12, (int)number));
        switch (random.Next(20))
        {
            case < 13:
                return New(random, client, number, instrument);
            case < 16:
                CancelOrderBlock cancel = new() { OrigClientOrderId = Id(client, earlier), InstrumentId = instrument };
                Address(ref cancel.Envelope, client, number);
                return Message(CancelOrderBlock.Header, cancel);
            case < 18:
                AmendOrderBlock amend = new()
                {
                    OrigClientOrderId = Id(client, earlier),
                    ClientOrderId = Id(client, number),
                    Price = 1000 + random.Next(-12, 13),
                    Quantity = 1 + random.Next(60),
                };
                Address(ref amend.Envelope, client, number);
                return Message(AmendOrderBlock.Header, amend);
            case 18:
                MassCancelBlock mass = new() { TargetAccountId = client, InstrumentId = random.Next(2) == 0 ? 0 : instrument };
                Address(ref mass.Envelope, client, number);
                return Message(MassCancelBlock.Header, mass);
            default:
                // As a client that does not know whether its first attempt arrived: the same id under a new number.
                return New(random.OneInFour() ? random : new SimulationRandom(earlier), client, number, instrument, earlier);
        }
    }

    private static byte[] New(
        Random random, uint client, ulong number, uint instrument, ulong idNumber = 0)
    {
        bool market = random.Next(12) == 0;
        NewOrderBlock order = new()
        {
            InstrumentId = instrument,
            Side = (Side)random.Next(2),
            OrderType = market ? OrderType.Market : OrderType.Limit,
            TimeInForce = market ? TimeInForce.ImmediateOrCancel : (TimeInForce)int.Max(0, random.Next(6) - 3),
            Price = 1000 + random.Next(-12, 13),
            Quantity = 1 + random.Next(40),
            SelfTradePrevention = (SelfTradePrevention)random.Next(5),
            ClientOrderId = Id(client, idNumber == 0 ? number : idNumber),
        };
        Address(ref order.Envelope, client, number);
        return Message(NewOrderBlock.Header, order);
    }

    private static bool OneInFour(this Random random) => random.Next(4) == 0;

    private static ClientOrderId Id(uint client, ulong number) => ClientOrderId.From(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"C{client}N{number}")));

    private static void Address(ref CommandEnvelope envelope, uint client, ulong number)
    {
        envelope.AccountId = client;
        envelope.SessionId = client;
        envelope.SessionSequence = number;
        envelope.UserId = client;
    }

    private static byte[] Message<T>(MessageHeader header, in T block)
        where T : unmanaged
    {
        byte[] message = new byte[MessageHeader.Size + Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(message, in header);
        MemoryMarshal.Write(message.AsSpan(MessageHeader.Size), in block);
        return message;
    }
}
