using System;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private void SaveCollateralPrices(ref StateWriter state)
    {
        state.Begin(StateSection.CollateralPrices);
        for (uint i = 0; i < _collateralCount; i++)
        {
            state.Word((ulong)_collateral[i]);
            state.Row(in _collateralPrices[_collateral[i]]);
        }

        state.EndList();
        state.End();
    }

    private void LoadCollateralPrices(ref StateReader state)
    {
        if (state.Begin(StateSection.CollateralPrices) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, _currencies.Length)) != 0)
        {
            state.Require(IsCurrency(id) && _collateralCount < MaxCollateral, "a reference price has no currency");
            _collateral[_collateralCount++] = id;
            state.Row(out _collateralPrices[id]);
            bool sound = _collateralPrices[id].Price >= 1 && _collateralPrices[id].Haircut <= Millionths;
            state.Require(sound, "a reference price is none");
        }

        state.End();
    }

    private void SaveMarginTiers(ref StateWriter state)
    {
        state.Begin(StateSection.MarginTiers);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_marginTiers[id].Count != 0)
            {
                state.Word((ulong)id);
                state.Row(in _marginTiers[id]);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadMarginTiers(ref StateReader state)
    {
        if (state.Begin(StateSection.MarginTiers) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, Limits.MaxInstruments)) != 0)
        {
            state.Row(out _marginTiers[id]);
            state.Require(_marginTiers[id].Count <= MarginTiers.MaxTiers, "an instrument has too many tiers");
        }

        state.End();
    }

    /// <summary>Levels and states of accounts; their sums are the positions'.</summary>
    private void SaveMarginAccounts(ref StateWriter state)
    {
        state.Begin(StateSection.MarginAccounts);
        if (_marginLevels.Own != 0)
        {
            state.Word(0, uint.MaxValue);
            state.Row(in _marginLevels);
        }

        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            ref MarginAccount account = ref _marginAccounts[id];
            uint manner = (uint)account.State | ((uint)_accounts[id].Margin << 8) | ((uint)account.Levels.Own << 16);
            if (manner != 0)
            {
                state.Word(id, manner);
                state.Row(in account.Levels);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadMarginAccounts(ref StateReader state)
    {
        if (state.Begin(StateSection.MarginAccounts) == 0)
        {
            return;
        }

        uint previous = 0;
        while (true)
        {
            (uint id, uint manner) = state.Pair();
            if ((id | manner) == 0)
            {
                break;
            }

            state.Row(out MarginLevels levels);
            state.Require(levels.StopOut <= levels.Call && levels.Call <= MaxLevel, "a margin level is none");
            if (id == 0)
            {
                _marginLevels = levels;
                continue;
            }

            state.Require(id > previous && IsOpenAccount(id), "an account on margin is not open");
            state.Require((manner & 0xFF) <= (uint)MarginState.Liquidating, "an account's margin state is unknown");
            _marginAccounts[id].State = (MarginState)(manner & 0xFF);
            _marginAccounts[id].Levels = levels;
            _accounts[id].Margin = (AccountMargin)((manner >> 8) & 3);
            previous = id;
        }

        state.End();
    }

    /// <summary>Both queues, the longest waiting first.</summary>
    private void SaveMarginQueues(ref StateWriter state)
    {
        state.Begin(StateSection.MarginQueues);
        if (MarginWork != 0)
        {
            for (uint id = _firstValuation; id != 0; id = _positionTerms[id].NextInQueue)
            {
                state.Word(id, _positionTerms[id].Cursor);
            }

            state.Word(0UL);
            for (uint id = _firstLiquidation; id != 0; id = _marginAccounts[id].NextInQueue)
            {
                state.Word((ulong)id);
            }

            state.Word(0UL);
        }

        state.End();
    }

    private void LoadMarginQueues(ref StateReader state)
    {
        if (state.Begin(StateSection.MarginQueues) != 0)
        {
            LoadValuations(ref state);
            for (ulong id = state.Word(); id != 0; id = state.Word())
            {
                state.Require(id <= uint.MaxValue && IsOpenAccount((uint)id), "an account in liquidation is not open");
                bool queued = _lastLiquidation == id || _marginAccounts[(uint)id].NextInQueue != 0;
                state.Require(!queued && _marginAccounts[(uint)id].State == MarginState.Liquidating, "an account is not in liquidation");
                Enqueue((uint)id);
            }

            state.End();
        }

        NextDeadlineNs = DeadlineAfter(LastTimestampNs);
    }

    private void LoadValuations(ref StateReader state)
    {
        for ((uint id, uint cursor) = state.Pair(); id != 0; (id, cursor) = state.Pair())
        {
            state.Require(HasPositions(id) && _positionTerms[id].Queued == 0, "an instrument is valued twice");
            state.Require(cursor <= _positions.Count, "a position that is valued is not there");
            state.Require(cursor == 0 || _positions[cursor].InstrumentId == id, "a position is of another instrument");
            state.Require(IsValuable(id), "an instrument that is valued has no price");
            QueueValuation(id);
            _positionTerms[id].Cursor = cursor;
        }
    }

    /// <summary>Sums over positions as they were saved.</summary>
    private void SumMargin(in PositionRecord position)
    {
        ref MarginAccount account = ref _marginAccounts[position.AccountId];
        account.Initial += position.Initial;
        account.Maintenance += position.Maintenance;
        account.Unrealised += position.Unrealised;
    }

    private void WriteMarginAccounts(ref ImageFrames image)
    {
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            ref MarginAccount account = ref _marginAccounts[id];
            if (account.State != MarginState.Sound || account.Levels.Own != 0)
            {
                var block = (MarginAccountImageBlock*)image.Next(
                    MarginAccountImageBlock.TemplateId, MarginAccountImageBlock.BlockLength, 0, 0, id);
                block->Call = account.Levels.Call;
                block->StopOut = account.Levels.StopOut;
                block->Protected = account.Levels.Protected;
                block->OwnLevels = account.Levels.Own;
                block->State = (byte)account.State;
            }
        }
    }

    /// <summary>Prices, tiers and the venue's levels, as their changes were told.</summary>
    private void WriteMarginTerms(ref ImageFrames image)
    {
        for (uint i = 0; i < _collateralCount; i++)
        {
            WriteCollateralPrice(
                (CollateralPriceChangedBlock*)image.Next(
                    CollateralPriceChangedBlock.TemplateId, CollateralPriceChangedBlock.BlockLength, 0, 0, 0),
                _collateral[i]);
        }

        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_marginTiers[id].Count != 0)
            {
                WriteTiers(
                    (MarginTiersChangedBlock*)image.Next(
                        MarginTiersChangedBlock.TemplateId, MarginTiersChangedBlock.BlockLength, id, 0, 0),
                    id);
            }

            if (_positionTerms[id].HasMark != 0)
            {
                var mark = (MarkPriceChangedBlock*)image.Next(
                    MarkPriceChangedBlock.TemplateId, MarkPriceChangedBlock.BlockLength, id, 0, 0);
                mark->Price = _positionTerms[id].MarkPrice;
            }
        }

        if (_marginLevels.Own == 0)
        {
            return;
        }

        var levels = (MarginLevelsChangedBlock*)image.Next(
            MarginLevelsChangedBlock.TemplateId, MarginLevelsChangedBlock.BlockLength, 0, 0, 0);
        levels->Call = _marginLevels.Call;
        levels->StopOut = _marginLevels.StopOut;
        levels->Protected = _marginLevels.Protected;
    }
}
