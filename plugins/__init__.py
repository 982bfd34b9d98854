"""The built-in components: a plugin like any other, found through the entry-point group.

Each module is imported when a configuration names its component.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from framework import (
    Callback,
    Constraint,
    Dataset,
    Deferred,
    Initializer,
    Job,
    Join,
    Layer,
    Loss,
    Metric,
    Regularizer,
    Schedule,
    Transform,
    UpdateRule,
    attributes_of,
    hookimpl,
)

__getattr__ = attributes_of(__name__)
_deferred = partial(Deferred, __name__, has_choices=True)  # in conf/


@hookimpl
def framework_layers() -> Mapping[str, type[Layer]]:
    return _deferred(
        {
            "dense": "layers.dense:Dense",
            "identity": "layers.identity:Identity",
            "relu": "layers.relu:ReLU",
            "sigmoid": "layers.sigmoid:Sigmoid",
            "tanh": "layers.tanh:Tanh",
            "batch_norm": "layers.batch_norm:BatchNorm",
            "layer_norm": "layers.layer_norm:LayerNorm",
            "rms_norm": "layers.rms_norm:RMSNorm",
            "dropout": "layers.dropout:Dropout",
            "activity": "layers.activity:Activity",
            "act_norm": "layers.act_norm:ActNorm",
            "feature_columns": "layers.feature_columns:FeatureColumns",
            "scale_shift": "layers.scale_shift:ScaleShift",
            "leaky_relu": "layers.leaky_relu:LeakyReLU",
            "prelu": "layers.prelu:PReLU",
            "softplus": "layers.softplus:Softplus",
            "elu": "layers.elu:ELU",
            "selu": "layers.selu:SELU",
            "celu": "layers.celu:CELU",
            "silu": "layers.silu:SiLU",
            "mish": "layers.mish:Mish",
            "softsign": "layers.softsign:Softsign",
            "hard_sigmoid": "layers.hard_sigmoid:HardSigmoid",
            "hard_tanh": "layers.hard_tanh:HardTanh",
            "relu6": "layers.relu6:ReLU6",
            "hard_swish": "layers.hard_swish:HardSwish",
            "softmax": "layers.softmax:Softmax",
            "log_softmax": "layers.log_softmax:LogSoftmax",
            "glu": "layers.glu:GLU",
            "swiglu": "layers.swiglu:SwiGLU",
            "maxout": "layers.maxout:Maxout",
            "gelu": "layers.gelu:GELU",
            "alpha_dropout": "layers.alpha_dropout:AlphaDropout",
            "gaussian_dropout": "layers.gaussian_dropout:GaussianDropout",
            "noise": "layers.noise:Noise",
            "reshape": "layers.reshape:Reshape",
            "flatten": "layers.flatten:Flatten",
            "embedding": "layers.embedding:Embedding",
        },
    )


@hookimpl
def framework_joins() -> Mapping[str, type[Join]]:
    return Deferred(
        __name__, {"sum": "joins.sum:Sum", "concatenate": "joins.concatenate:Concatenate"}
    )


@hookimpl
def framework_initializers() -> Mapping[str, type[Initializer]]:
    return _deferred(
        {
            "small_normal": "initializers.normal:SmallNormal",
            "xavier_normal": "initializers.variance_scaling:XavierNormal",
            "xavier_uniform": "initializers.variance_scaling:XavierUniform",
            "he_normal": "initializers.variance_scaling:HeNormal",
            "he_uniform": "initializers.variance_scaling:HeUniform",
            "lecun_normal": "initializers.variance_scaling:LeCunNormal",
            "lecun_uniform": "initializers.variance_scaling:LeCunUniform",
            "variance_scaling": "initializers.variance_scaling:VarianceScaling",
            "truncated_normal": "initializers.truncated:TruncatedNormal",
            "orthogonal": "initializers.orthogonal:Orthogonal",
            "identity": "initializers.eye:Eye",
            "sparse": "initializers.sparse:Sparse",
            "torch_linear": "initializers.torch_linear:TorchLinear",
            "zeros": "initializers.constant:Zeros",
            "constant": "initializers.constant:Constant",
        },
    )


@hookimpl
def framework_regularizers() -> Mapping[str, type[Regularizer]]:
    return _deferred(
        {
            "none": "regularizers.no_penalty:NoPenalty",
            "l1": "regularizers.l1:L1",
            "l2": "regularizers.l2:L2",
            "elastic_net": "regularizers.elastic_net:ElasticNet",
            "group_lasso": "regularizers.group_lasso:GroupLasso",
            "orthogonal": "regularizers.orthogonal:OrthogonalPenalty",
        },
    )


@hookimpl
def framework_constraints() -> Mapping[str, type[Constraint]]:
    return _deferred(
        {
            "none": "constraints.no_constraint:NoConstraint",
            "max_norm": "constraints.max_norm:MaxNorm",
            "unit_norm": "constraints.unit_norm:UnitNorm",
            "non_negative": "constraints.non_negative:NonNegative",
        },
    )


@hookimpl
def framework_update_rules() -> Mapping[str, type[UpdateRule]]:
    return _deferred(
        {
            "sgd": "update_rules.sgd:SGD",
            "rmsprop": "update_rules.rmsprop:RMSProp",
            "rprop": "update_rules.rprop:Rprop",
            "adagrad": "update_rules.adagrad:Adagrad",
            "adadelta": "update_rules.adadelta:Adadelta",
            "adam": "update_rules.adam:Adam",
            "adamw": "update_rules.adamw:AdamW",
            "adamax": "update_rules.adamax:Adamax",
            "nadam": "update_rules.nadam:NAdam",
            "radam": "update_rules.radam:RAdam",
            "adafactor": "update_rules.adafactor:Adafactor",
            "lion": "update_rules.lion:Lion",
            "lars": "update_rules.lars:LARS",
            "lamb": "update_rules.lamb:LAMB",
            "muon": "update_rules.muon:Muon",
            "clipped": "update_rules.clipped:Clipped",
            "lookahead": "update_rules.lookahead:Lookahead",
            "ema": "update_rules.ema:EMA",
            "swa": "update_rules.swa:SWA",
            "schedule_free": "update_rules.schedule_free:ScheduleFree",
        },
    )


@hookimpl
def framework_losses() -> Mapping[str, type[Loss]]:
    return _deferred(
        {
            "softmax_cross_entropy": "losses.softmax_cross_entropy:SoftmaxCrossEntropy",
            "mean_squared_error": "losses.mean_squared_error:MeanSquaredError",
            "binary_cross_entropy": "losses.binary_cross_entropy:BinaryCrossEntropy",
            "multi_label_cross_entropy": "losses.multi_label_cross_entropy:MultiLabelCrossEntropy",
            "focal": "losses.focal:Focal",
            "binary_focal": "losses.focal:BinaryFocal",
            "hinge": "losses.hinge:Hinge",
            "kl_divergence": "losses.kl_divergence:KLDivergence",
            "mean_absolute_error": "losses.mean_absolute_error:MeanAbsoluteError",
            "huber": "losses.huber:Huber",
            "log_cosh": "losses.log_cosh:LogCosh",
            "poisson": "losses.poisson:Poisson",
            "pinball": "losses.pinball:Pinball",
            "gaussian_nll": "losses.gaussian_nll:GaussianNll",
        },
    )


@hookimpl
def framework_schedules() -> Mapping[str, type[Schedule]]:
    return _deferred(
        {
            "constant": "schedules.constant:Constant",
            "linear": "schedules.linear:Linear",
            "cosine": "schedules.cosine:Cosine",
            "cosine_restarts": "schedules.cosine_restarts:CosineRestarts",
            "exponential": "schedules.exponential:Exponential",
            "step": "schedules.step:Step",
            "multi_step": "schedules.multi_step:MultiStep",
            "polynomial": "schedules.polynomial:Polynomial",
            "inverse_time": "schedules.inverse_time:InverseTime",
            "cyclic": "schedules.cyclic:Cyclic",
            "one_cycle": "schedules.one_cycle:OneCycle",
            "warmup": "schedules.warmup:Warmup",
            "piecewise": "schedules.piecewise:Piecewise",
            "reduce_on_plateau": "schedules.reduce_on_plateau:ReduceOnPlateau",
        },
    )


@hookimpl
def framework_metrics() -> Mapping[str, type[Metric]]:
    return _deferred(
        {
            "accuracy": "metrics.accuracy:Accuracy",
            "auc": "metrics.auc:Auc",
            "loss": "metrics.mean_loss:MeanLoss",
            "precision_recall_f1": "metrics.precision_recall_f1:PrecisionRecallF1",
            "matthews": "metrics.matthews:Matthews",
            "top_k": "metrics.top_k:TopK",
            "log_loss": "metrics.log_loss:LogLoss",
            "brier": "metrics.brier:Brier",
            "error_rate": "metrics.error_rate:ErrorRate",
            "calibration_error": "metrics.calibration_error:CalibrationError",
            "r2": "metrics.r2:R2",
            "mean_absolute_error": "metrics.errors_of_values:AbsoluteError",
            "root_mean_squared_error": "metrics.errors_of_values:RootMeanSquaredError",
        },
    )


@hookimpl
def framework_datasets() -> Mapping[str, type[Dataset]]:
    return _deferred(
        {
            "arrays": "datasets.arrays:Arrays",
            "csv": "datasets.csv_table:Csv",
            "fashion_mnist": "datasets.fashion_mnist:FashionMnist",
            "idx": "datasets.idx_files:IdxFiles",
            "kmnist": "datasets.kmnist:Kmnist",
            "label_noise": "datasets.label_noise:LabelNoise",
            "mnist": "datasets.mnist:Mnist",
            "npz": "datasets.npz:Npz",
            "parquet": "datasets.parquet_table:Parquet",
            "sklearn_toy": "datasets.toy_sets:SklearnToy",
            "spirals": "datasets.spirals:Spirals",
            "subset": "datasets.subset:Subset",
        },
    )


@hookimpl
def framework_transforms() -> Mapping[str, type[Transform]]:
    return _deferred(
        {
            "standardize": "transforms.standardize:Standardize",
            "gaussian_noise": "transforms.gaussian_noise:GaussianNoise",
            "impute": "transforms.impute:Impute",
            "one_hot": "transforms.one_hot:OneHot",
        },
    )


@hookimpl
def framework_callbacks() -> Mapping[str, type[Callback]]:
    return _deferred(
        {
            "progress": "callbacks.progress:Progress",
            "metrics": "callbacks.metric_files:Metrics",
            "pictures": "callbacks.pictures:Pictures",
            "log": "callbacks.log:Log",
            "weights": "callbacks.weights:Weights",
            "pruning": "callbacks.pruning:Pruning",
            "early_stopping": "callbacks.early_stopping:EarlyStopping",
        },
    )


@hookimpl
def framework_jobs() -> Mapping[str, type[Job]]:
    return _deferred(
        {
            "train": "jobs.train:Train",
            "resume": "jobs.resume:Resume",
            "compare": "jobs.compare:Compare",
            "plugins": "jobs.plugins:Plugins",
            "check": "jobs.check:Check",
            "new_plugin": "jobs.new_plugin:NewPlugin",
            "evaluate": "jobs.evaluate:Evaluate",
            "predict": "jobs.predict:Predict",
            "schedule": "jobs.schedule:DrawSchedule",
            "find_learning_rate": "jobs.find_learning_rate:FindLearningRate",
            "serve": "jobs.serve:Serve",
            "export": "jobs.export:Export",
        },
    )
