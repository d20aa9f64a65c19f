using System;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Takes whole frames of an image, as they come.</summary>
public delegate void ImageSink(ReadOnlySpan<byte> frames);

public sealed unsafe partial class Engine
{
    private const int ImageBufferBytes = 1 << 16;

    /// <summary>
    /// Tells the state after the last command as messages, ImageBegin … ImageEnd, frames as in the event stream: what a
    /// reader needs to start from here. Envelopes carry that command's epoch, sequence and timestamp. Allocates; called
    /// by the shadow, never by the live core.
    /// </summary>
    public void WriteImage(ImageSink sink)
    {
        using var memory = new NativeRegion(ImageBufferBytes);
        var image = new ImageFrames(new EventStream(memory), sink, LastEpoch, LastSequence, LastTimestampNs);
        var begin = (ImageBeginBlock*)image.Next(ImageBeginBlock.TemplateId, ImageBeginBlock.BlockLength, 0, 0, 0);
        begin->EventDigest = EventDigestValue;
        begin->RuleLevel = RuleLevel;
        WriteLedger(ref image);
        WriteDefinitions(ref image);
        WriteMarginTerms(ref image);
        WriteSystemBalances(ref image);
        WriteAccounts(ref image);
        WriteWithdrawals(ref image);
        WriteFeeSchedules(ref image);
        WriteRisk(ref image);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_instruments[id].IsDefined)
            {
                WriteBook(ref image, id);
            }
        }

        WritePositions(ref image);
        WriteMarginAccounts(ref image);
        var end = (ImageEndBlock*)image.Next(ImageEndBlock.TemplateId, ImageEndBlock.BlockLength, 0, 0, 0);
        end->Messages = image.Count;
        image.MarkLast();
        image.Drain();
    }

    private void WriteDefinitions(ref ImageFrames image)
    {
        for (uint id = 1; id < _currencies.Length; id++)
        {
            if (_currencies[id].Defined != 0)
            {
                var block = (CurrencyDefinedBlock*)image.Next(
                    CurrencyDefinedBlock.TemplateId, CurrencyDefinedBlock.BlockLength, 0, 0, 0);
                FillCurrency(block, id);
                WriteRates(ref image, id);
            }
        }

        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_instruments[id].IsDefined)
            {
                var block = (InstrumentDefinedBlock*)image.Next(
                    InstrumentDefinedBlock.TemplateId, InstrumentDefinedBlock.BlockLength, id, 0, 0);
                FillInstrument(block, id);
            }
        }
    }

    private void WriteLedger(ref ImageFrames image)
    {
        var ledger = (LedgerImageBlock*)image.Next(LedgerImageBlock.TemplateId, LedgerImageBlock.BlockLength, 0, 0, 0);
        ledger->LastEntryId = _lastEntryId;
        ledger->TradingDate = _tradingDate;
        ledger->ReferenceCurrencyId = _referenceCurrencyId;
        for (uint id = 1; id < _firms.Length; id++)
        {
            if (_firms[id].Defined != 0)
            {
                var block = (FirmDefinedBlock*)image.Next(
                    FirmDefinedBlock.TemplateId, FirmDefinedBlock.BlockLength, 0, 0, 0);
                FillFirm(block, id);
            }
        }
    }

    private void WriteRates(ref ImageFrames image, uint currencyId)
    {
        if (_currencies[currencyId].ReferencePrice != 0)
        {
            var block = (ReferencePriceSetBlock*)image.Next(
                ReferencePriceSetBlock.TemplateId, ReferencePriceSetBlock.BlockLength, 0, 0, 0);
            FillReferencePrice(block, currencyId);
        }

        if (_currencies[currencyId].DayCount != 0)
        {
            var block = (InterestRateSetBlock*)image.Next(
                InterestRateSetBlock.TemplateId, InterestRateSetBlock.BlockLength, 0, 0, 0);
            FillInterestRate(block, currencyId);
        }
    }

    private void WriteWithdrawals(ref ImageFrames image)
    {
        for (uint slot = 0; slot < Limits.MaxWithdrawals; slot++)
        {
            if (_withdrawals[slot].Id != 0)
            {
                var block = (WithdrawalChangedBlock*)image.Next(
                    WithdrawalChangedBlock.TemplateId, WithdrawalChangedBlock.BlockLength, 0, 0, 0);
                FillWithdrawal(block, in _withdrawals[slot]);
            }
        }
    }

    private void WriteFeeSchedules(ref ImageFrames image)
    {
        for (uint id = 1; id < Limits.MaxFeeSchedules; id++)
        {
            for (uint tier = 0; tier < _feeSchedules[id].Tiers; tier++)
            {
                if (tier == 0)
                {
                    var schedule = (FeeScheduleDefinedBlock*)image.Next(
                        FeeScheduleDefinedBlock.TemplateId, FeeScheduleDefinedBlock.BlockLength, 0, 0, 0);
                    FillFeeSchedule(schedule, id);
                }

                var block = (FeeTierSetBlock*)image.Next(FeeTierSetBlock.TemplateId, FeeTierSetBlock.BlockLength, 0, 0, 0);
                FillTier(block, id, tier);
            }
        }

        for (uint id = 0; id < Limits.MaxInstruments; id++)
        {
            for (uint column = 0; column <= Limits.MaxAccountGroups; column++)
            {
                if (Assignment(id, column) != 0)
                {
                    var block = (FeeScheduleAssignedBlock*)image.Next(
                        FeeScheduleAssignedBlock.TemplateId, FeeScheduleAssignedBlock.BlockLength, id, 0, 0);
                    FillAssignment(block, id, column);
                }
            }
        }
    }

    private void WriteSystemBalances(ref ImageFrames image)
    {
        for (uint i = 0; i < SystemAccounts.Count; i++)
        {
            uint accountId = SystemAccounts.IdAt(i);
            for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
            {
                long balance = _systemAccounts.BalanceOf(accountId, currencyId);
                if (balance != 0)
                {
                    var block = (BalanceImageBlock*)image.Next(
                        BalanceImageBlock.TemplateId, BalanceImageBlock.BlockLength, 0, 0, accountId);
                    block->Available = balance;
                    block->CurrencyId = currencyId;
                }
            }
        }
    }

    private void WriteAccounts(ref ImageFrames image)
    {
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            if (_accounts[id].Open == 0)
            {
                continue;
            }

            var opened = (AccountOpenedBlock*)image.Next(
                AccountOpenedBlock.TemplateId, AccountOpenedBlock.BlockLength, 0, 0, id);
            image.Last->FirmId = _accounts[id].FirmId;
            FillAccount(opened, id);
            for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
            {
                if (_currencies[currencyId].Defined != 0 && _balances.TryFind(id, currencyId, out uint slot))
                {
                    var block = (BalanceImageBlock*)image.Next(
                        BalanceImageBlock.TemplateId, BalanceImageBlock.BlockLength, 0, 0, id);
                    block->Available = _balances[slot].Available;
                    block->Held = _balances[slot].Held;
                    block->CurrencyId = currencyId;
                    block->Pending = _balances[slot].Pending;
                }
            }
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            if (_sessions[id].Known != 0)
            {
                var block = (SessionImageBlock*)image.Next(
                    SessionImageBlock.TemplateId, SessionImageBlock.BlockLength, 0, 0, 0);
                image.Last->SessionId = id;
                image.Last->GatewayId = _sessions[id].GatewayId;
                block->LastSessionSequence = _sessions[id].LastSequence;
                block->DisconnectPolicy = _sessions[id].Policy;
                block->Open = _sessions[id].Open;
            }
        }
    }

    private void WriteBook(ref ImageFrames image, uint instrumentId)
    {
        Instrument* instrument = _instruments + instrumentId;
        var book = (BookImageBlock*)image.Next(
            BookImageBlock.TemplateId, BookImageBlock.BlockLength, instrumentId, instrument->Sequence, 0);
        book->LastTradeId = instrument->LastTradeId;
        book->LastPrice = instrument->LastPrice;
        for (uint side = 0; side < 2; side++)
        {
            for (uint slot = _books.First(instrumentId, side); slot != 0; slot = _books.After(slot))
            {
                OrderRecord* order = Record(slot);
                var block = (OrderImageBlock*)image.Next(
                    OrderImageBlock.TemplateId, OrderImageBlock.BlockLength, instrumentId, 0, order->Resting.AccountId);
                image.Last->SessionId = _owners.OwnerOf(order->OwnerPlace).SessionId;
                block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
                block->Price = order->Price;
                block->OpenLots = order->Resting.OpenLots;
                block->FilledLots = order->FilledLots;
                block->ClientOrderId = _clientIds.Entry(order->Resting.AccountId, order->ClientIdEntry)->Id;
                block->Side = (Side)order->Resting.Side;
                block->ReduceOnly = (order->Resting.Marks & OrderMarks.Reduces) != 0 ? (byte)1 : (byte)0;
                block->PositionEffect = EffectOf(order);
                if ((order->Resting.Marks & OrderMarks.PaysFees) != 0)
                {
                    var fees = (OrderFeesSetBlock*)image.Next(
                        OrderFeesSetBlock.TemplateId, OrderFeesSetBlock.BlockLength, instrumentId, 0, order->Resting.AccountId);
                    FillFees(fees, slot);
                }
            }
        }
    }

    /// <summary>An event writer of its own, so that the engine's stream and digest know nothing of the image.</summary>
    private ref struct ImageFrames
    {
        private readonly EventStream _stream;
        private readonly ImageSink _sink;
        private readonly uint _epoch;
        private readonly ulong _sequence;
        private readonly long _timestampNs;
        private EventWriter _writer;
        private long _drained;

        public ImageFrames(EventStream stream, ImageSink sink, uint epoch, ulong sequence, long timestampNs)
        {
            _stream = stream;
            _sink = sink;
            _epoch = epoch;
            _sequence = sequence;
            _timestampNs = timestampNs;
            _writer = new EventWriter(stream);
        }

        public ulong Count { get; private set; }

        /// <summary>Envelope of the message written last.</summary>
        public EventEnvelope* Last { get; private set; }

        public void* Next(
            ushort templateId, ushort blockLength, uint instrumentId, ulong instrumentSequence, uint accountId)
        {
            if (_stream.Position - _drained > ImageBufferBytes - 1024)
            {
                Drain();
            }

            var envelope = new CommandEnvelope
            {
                Epoch = _epoch,
                Sequence = _sequence,
                TimestampNs = _timestampNs,
                AccountId = accountId,
            };
            _writer.Begin(&envelope);
            void* block = _writer.Next(templateId, blockLength, instrumentId, instrumentSequence);
            Last = (EventEnvelope*)block;
            Last->Index = (uint)Count++;
            return block;
        }

        public readonly void MarkLast() => Last->Flags = 1;

        /// <summary>Hands over what was written; the buffer is then empty and no frame is at its end.</summary>
        public void Drain()
        {
            _sink(new ReadOnlySpan<byte>(_stream.Memory, checked((int)(_stream.Position - _drained))));
            _stream.Rewind();
            _drained = _stream.Position;
        }
    }
}
